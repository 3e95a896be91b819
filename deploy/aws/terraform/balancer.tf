# A Network Load Balancer in front of several nodes. It needs a UDP listener on 4789, and a health check over
# HTTP, since UDP has none: /readyz of earshot-capture.

resource "aws_lb" "nodes" {
  count = var.balancer == null ? 0 : 1

  name                             = var.name
  load_balancer_type               = "network"
  internal                         = true
  subnets                          = var.balancer.subnet_ids
  enable_cross_zone_load_balancing = true
  tags                             = local.tags
}

resource "aws_lb_target_group" "nodes" {
  count = var.balancer == null ? 0 : 1

  name        = var.name
  protocol    = "UDP"
  port        = 4789
  target_type = "instance"
  vpc_id      = var.balancer.vpc_id
  tags        = local.tags

  health_check {
    protocol            = "HTTP"
    port                = var.balancer.health_check_port
    path                = "/readyz"
    matcher             = "200"
    interval            = 10
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "vxlan" {
  count = var.balancer == null ? 0 : 1

  load_balancer_arn = aws_lb.nodes[0].arn
  protocol          = "UDP"
  port              = 4789
  tags              = local.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.nodes[0].arn
  }
}

# Behind a load balancer a security group cannot be named as the source.
resource "aws_vpc_security_group_ingress_rule" "balancer" {
  for_each = var.balancer == null ? {} : {
    mirror = { protocol = "udp", port = 4789 }
    health = { protocol = "tcp", port = var.balancer.health_check_port }
  }

  security_group_id = var.destination_security_group_id
  cidr_ipv4         = var.balancer.source_cidr_block
  description       = "Earshot, ${each.key} through the load balancer"
  ip_protocol       = each.value.protocol
  from_port         = each.value.port
  to_port           = each.value.port
  tags              = local.tags
}
