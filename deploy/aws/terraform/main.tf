# Mirrors the API traffic of network interfaces to a node of an EKS cluster, or to several of them behind a
# Network Load Balancer: what the CloudFormation templates beside this module do, for any number of sources.

locals {
  tags = merge({ Name = var.name, earshot = "mirror" }, var.tags)

  # Requests come in to the port, responses go out from it.
  rules = merge(
    { for index, port in var.ports : "requests-${port}" => { direction = "ingress", number = (index + 1) * 10, port = port } },
    { for index, port in var.ports : "responses-${port}" => { direction = "egress", number = (index + 1) * 10, port = port } },
    length(var.ports) > 0 ? {} : {
      "requests-all"  = { direction = "ingress", number = 100, port = null }
      "responses-all" = { direction = "egress", number = 100, port = null }
    },
  )
}

resource "aws_ec2_traffic_mirror_filter" "ports" {
  description = "Earshot, only the ports of the applications, both directions"
  tags        = local.tags
}

resource "aws_ec2_traffic_mirror_filter_rule" "port" {
  for_each = local.rules

  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.ports.id
  description              = "Earshot, ${each.key}"
  traffic_direction        = each.value.direction
  rule_number              = each.value.number
  rule_action              = "accept"
  protocol                 = 6
  source_cidr_block        = "0.0.0.0/0"
  destination_cidr_block   = "0.0.0.0/0"

  dynamic "destination_port_range" {
    for_each = each.value.port != null && each.value.direction == "ingress" ? [each.value.port] : []
    content {
      from_port = destination_port_range.value
      to_port   = destination_port_range.value
    }
  }

  dynamic "source_port_range" {
    for_each = each.value.port != null && each.value.direction == "egress" ? [each.value.port] : []
    content {
      from_port = source_port_range.value
      to_port   = source_port_range.value
    }
  }
}

resource "aws_ec2_traffic_mirror_target" "nodes" {
  description               = "Earshot"
  network_interface_id      = var.balancer == null ? var.destination_network_interface_id : null
  network_load_balancer_arn = var.balancer == null ? null : aws_lb.nodes[0].arn
  tags                      = local.tags

  lifecycle {
    precondition {
      condition     = (var.destination_network_interface_id == null) != (var.balancer == null)
      error_message = "Give destination_network_interface_id or balancer, and not both."
    }
  }
}

resource "aws_ec2_traffic_mirror_session" "source" {
  for_each = var.sources

  description              = "Earshot, ${each.key}"
  network_interface_id     = each.value.network_interface_id
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.ports.id
  traffic_mirror_target_id = aws_ec2_traffic_mirror_target.nodes.id
  session_number           = each.value.session_number
  virtual_network_id       = each.value.virtual_network_id
  packet_length            = var.packet_length
  tags                     = merge(local.tags, { Name = "${var.name}-${each.key}" })

  # Without the listener, or the way to the other VPC, mirroring fails without a word.
  depends_on = [aws_lb_listener.vxlan, aws_route.resurface, aws_ec2_traffic_mirror_filter_rule.port]

  lifecycle {
    precondition {
      condition     = each.value.network_interface_id != var.destination_network_interface_id
      error_message = "An interface cannot be source and destination of a mirror at once."
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "mirror" {
  for_each = toset([for s in var.sources : s.security_group_id])

  security_group_id            = var.destination_security_group_id
  referenced_security_group_id = each.value
  description                  = "Earshot, mirrored traffic in VXLAN"
  ip_protocol                  = "udp"
  from_port                    = 4789
  to_port                      = 4789
  tags                         = local.tags

  depends_on = [aws_vpc_peering_connection.resurface]
}

resource "aws_vpc_peering_connection" "resurface" {
  count = var.peering == null ? 0 : 1

  vpc_id      = var.peering.source_vpc_id
  peer_vpc_id = var.peering.resurface_vpc_id
  auto_accept = true
  tags        = local.tags
}

# Mirroring goes one way: the way back needs no route.
resource "aws_route" "resurface" {
  count = var.peering == null ? 0 : 1

  route_table_id            = var.peering.source_vpc_route_table_id
  destination_cidr_block    = var.peering.resurface_vpc_cidr_block
  vpc_peering_connection_id = aws_vpc_peering_connection.resurface[0].id
}
