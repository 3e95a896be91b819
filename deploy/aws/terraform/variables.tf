variable "name" {
  description = "Name of everything made here."
  type        = string
  default     = "earshot"
}

variable "sources" {
  description = "What is mirrored, by a name of your own: the interface, its security group, and the session's VNI. Each VNI goes into sniffer.vpcmirror.vnis."
  type = map(object({
    network_interface_id = string
    security_group_id    = string
    virtual_network_id   = number
    session_number       = optional(number, 1)
  }))

  validation {
    condition     = alltrue([for s in var.sources : can(regex("^eni-[0-9a-f]{8,17}$", s.network_interface_id))])
    error_message = "sources: network_interface_id is an ENI such as eni-0123456789abcdef0."
  }
  validation {
    condition     = alltrue([for s in var.sources : can(regex("^sg-[0-9a-f]{8,17}$", s.security_group_id))])
    error_message = "sources: security_group_id is a group such as sg-0123456789abcdef0."
  }
  validation {
    condition = alltrue([
      for s in var.sources : s.virtual_network_id >= 1 && s.virtual_network_id <= 16777215
    ])
    error_message = "sources: virtual_network_id is a VNI from 1 to 16777215."
  }
  validation {
    condition     = length(distinct([for s in var.sources : s.virtual_network_id])) == length(var.sources)
    error_message = "sources: each source needs a VNI of its own."
  }
  validation {
    condition     = alltrue([for s in var.sources : s.session_number >= 1 && s.session_number <= 32766])
    error_message = "sources: session_number is from 1 to 32766."
  }
}

variable "destination_network_interface_id" {
  description = "ENI of an EKS node that receives the mirror; not one that the vpc-cni add-on made. Null with a balancer."
  type        = string
  default     = null

  validation {
    condition = (
      var.destination_network_interface_id == null ||
      can(regex("^eni-[0-9a-f]{8,17}$", var.destination_network_interface_id))
    )
    error_message = "destination_network_interface_id is an ENI such as eni-0123456789abcdef0."
  }
}

variable "destination_security_group_id" {
  description = "Security group of the nodes that receive the mirror."
  type        = string
}

variable "ports" {
  description = "TCP ports your applications are served on; only these are mirrored, both directions. Empty is all."
  type        = list(number)
  default     = []

  validation {
    condition     = alltrue([for p in var.ports : p >= 1 && p <= 65535])
    error_message = "ports are from 1 to 65535."
  }
  validation {
    condition     = length(var.ports) <= 5
    error_message = "ports: a filter takes ten rules, two for each port: name five at most, or none for all."
  }
}

variable "packet_length" {
  description = "Bytes mirrored of each packet; null is all of them."
  type        = number
  default     = null
}

variable "peering" {
  description = "For nodes in another VPC: the peering connection and the route that guide 2's second stack makes."
  type = object({
    source_vpc_id             = string
    source_vpc_route_table_id = string
    resurface_vpc_id          = string
    resurface_vpc_cidr_block  = string
  })
  default = null

  validation {
    condition     = var.peering == null || can(cidrnetmask(var.peering.resurface_vpc_cidr_block))
    error_message = "peering: resurface_vpc_cidr_block is an IPv4 block such as 10.1.0.0/16."
  }
}

variable "balancer" {
  description = "A Network Load Balancer over several nodes instead of one interface; source_cidr_block covers the sources and the balancer's subnets."
  type = object({
    vpc_id            = string
    subnet_ids        = list(string)
    source_cidr_block = string
    health_check_port = optional(number, 9464)
  })
  default = null
}

variable "tags" {
  description = "Tags of everything made here."
  type        = map(string)
  default     = {}
}
