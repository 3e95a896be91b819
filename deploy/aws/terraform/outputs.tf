output "vnis" {
  description = "The VNIs of all sessions: sniffer.vpcmirror.vnis."
  value       = sort([for s in aws_ec2_traffic_mirror_session.source : tostring(s.virtual_network_id)])
}

output "target_id" {
  description = "The mirror target, for further sessions."
  value       = aws_ec2_traffic_mirror_target.nodes.id
}

output "filter_id" {
  description = "The mirror filter, for further sessions."
  value       = aws_ec2_traffic_mirror_filter.ports.id
}

output "target_group_arn" {
  description = "Register the nodes here, when there is a balancer."
  value       = one(aws_lb_target_group.nodes[*].arn)
}
