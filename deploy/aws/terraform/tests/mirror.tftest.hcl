# terraform test, with a provider that makes nothing.
mock_provider "aws" {}

variables {
  sources = {
    shop = {
      network_interface_id = "eni-0123456789abcdef0"
      security_group_id    = "sg-0123456789abcdef0"
      virtual_network_id   = 8864121
    }
  }
  destination_network_interface_id = "eni-0fedcba9876543210"
  destination_security_group_id    = "sg-0fedcba9876543210"
  ports                            = [8000, 80]
}

run "one_source_in_the_same_vpc" {
  assert {
    condition     = length(aws_ec2_traffic_mirror_filter_rule.port) == 4
    error_message = "two rules for each port"
  }
  assert {
    condition = (
      aws_ec2_traffic_mirror_filter_rule.port["requests-8000"].traffic_direction == "ingress" &&
      aws_ec2_traffic_mirror_filter_rule.port["requests-8000"].destination_port_range[0].from_port == 8000 &&
      length(aws_ec2_traffic_mirror_filter_rule.port["requests-8000"].source_port_range) == 0
    )
    error_message = "requests come in to the port"
  }
  assert {
    condition = (
      aws_ec2_traffic_mirror_filter_rule.port["responses-80"].traffic_direction == "egress" &&
      aws_ec2_traffic_mirror_filter_rule.port["responses-80"].source_port_range[0].to_port == 80 &&
      length(aws_ec2_traffic_mirror_filter_rule.port["responses-80"].destination_port_range) == 0
    )
    error_message = "responses go out from the port"
  }
  assert {
    condition     = output.vnis == tolist(["8864121"])
    error_message = "the VNI is an output"
  }
  assert {
    condition     = aws_ec2_traffic_mirror_session.source["shop"].session_number == 1
    error_message = "session 1 by default"
  }
  assert {
    condition     = length(aws_lb.nodes) == 0 && length(aws_vpc_peering_connection.resurface) == 0
    error_message = "no balancer and no peering unless asked for"
  }
}

run "three_sources_share_one_security_rule" {
  variables {
    sources = {
      a = { network_interface_id = "eni-0000000000000000a", security_group_id = "sg-0123456789abcdef0", virtual_network_id = 861 }
      b = { network_interface_id = "eni-0000000000000000b", security_group_id = "sg-0123456789abcdef0", virtual_network_id = 862, session_number = 7 }
      c = { network_interface_id = "eni-0000000000000000c", security_group_id = "sg-0000000000000000c", virtual_network_id = 92 }
    }
  }
  assert {
    condition     = output.vnis == tolist(["861", "862", "92"])
    error_message = "every VNI is an output"
  }
  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.mirror) == 2
    error_message = "one rule for each security group"
  }
  assert {
    condition     = aws_ec2_traffic_mirror_session.source["b"].session_number == 7
    error_message = "the session number is taken"
  }
}

run "another_vpc_gets_a_peering_and_a_route" {
  variables {
    peering = {
      source_vpc_id             = "vpc-0123456789abcdef0"
      source_vpc_route_table_id = "rtb-0123456789abcdef0"
      resurface_vpc_id          = "vpc-0fedcba9876543210"
      resurface_vpc_cidr_block  = "10.1.0.0/16"
    }
  }
  assert {
    condition     = aws_route.resurface[0].destination_cidr_block == "10.1.0.0/16"
    error_message = "the route leads to the Resurface VPC"
  }
}

run "a_balancer_listens_on_udp_4789_and_is_checked_over_http" {
  variables {
    destination_network_interface_id = null
    balancer = {
      vpc_id            = "vpc-0fedcba9876543210"
      subnet_ids        = ["subnet-0123456789abcdef0"]
      source_cidr_block = "10.0.0.0/16"
    }
  }
  # Only planned: the provider checks the form of an ARN that is made up here.
  command = plan
  assert {
    condition     = aws_lb_listener.vxlan[0].protocol == "UDP" && aws_lb_listener.vxlan[0].port == 4789
    error_message = "the listener is UDP 4789"
  }
  assert {
    condition     = aws_lb_target_group.nodes[0].health_check[0].path == "/readyz"
    error_message = "the health check asks capture"
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.balancer["health"].from_port == 9464
    error_message = "the health check gets in"
  }
}

run "without_ports_all_tcp_is_mirrored" {
  variables {
    ports = []
  }
  assert {
    condition     = length(aws_ec2_traffic_mirror_filter_rule.port) == 2
    error_message = "one rule for each direction"
  }
}

run "a_wrong_vni_is_refused" {
  command = plan
  variables {
    sources = {
      shop = { network_interface_id = "eni-0123456789abcdef0", security_group_id = "sg-0123456789abcdef0", virtual_network_id = 16777216 }
    }
  }
  expect_failures = [var.sources]
}

run "six_ports_are_refused" {
  command = plan
  variables {
    ports = [1, 2, 3, 4, 5, 6]
  }
  expect_failures = [var.ports]
}

run "a_target_must_be_given" {
  command = plan
  variables {
    destination_network_interface_id = null
  }
  expect_failures = [aws_ec2_traffic_mirror_target.nodes]
}
