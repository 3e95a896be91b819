// A tiny assembler for classic BPF: instructions by name, jumps by label.
//
// Jumps go forwards only, as the kernel demands; conditional ones reach 255 instructions far.

/// The place in a program a jump leads to.
struct BPFLabel: Hashable, Sendable {
    let number: Int
}

/// Builds a program instruction by instruction.
struct BPFAssembler {
    private enum Target { case next, label(BPFLabel) }
    private struct Line {
        var code: UInt16
        var whenTrue: Target = .next
        var whenFalse: Target = .next
        var k: UInt32
    }

    private var lines: [Line] = []
    private var places: [Int?] = []

    /// Makes a label to be placed later.
    mutating func label() -> BPFLabel {
        places.append(nil)
        return BPFLabel(number: places.count - 1)
    }

    /// Places a label before the next instruction.
    mutating func place(_ label: BPFLabel) {
        precondition(places[label.number] == nil, "a label is placed once")
        places[label.number] = lines.count
    }

    private mutating func emit(_ code: UInt16, _ k: UInt32 = 0) {
        lines.append(Line(code: code, k: k))
    }

    /// A = the 32-bit word at X + k.
    mutating func loadWord(_ k: UInt32) { emit(0x40, k) }
    /// A = the 16-bit word at X + k.
    mutating func loadHalf(_ k: UInt32) { emit(0x48, k) }
    /// A = the byte at X + k.
    mutating func loadByte(_ k: UInt32) { emit(0x50, k) }
    /// A = the half word at k, which may be one of Linux's ancillary offsets.
    mutating func loadAncillary(_ k: UInt32) { emit(0x28, k) }
    /// A = k.
    mutating func set(_ k: UInt32) { emit(0x00, k) }
    /// X = k.
    mutating func setX(_ k: UInt32) { emit(0x01, k) }
    /// A = M[k].
    mutating func recall(_ k: UInt32) { emit(0x60, k) }
    /// X = M[k].
    mutating func recallX(_ k: UInt32) { emit(0x61, k) }
    /// M[k] = A.
    mutating func store(_ k: UInt32) { emit(0x02, k) }
    /// M[k] = X.
    mutating func storeX(_ k: UInt32) { emit(0x03, k) }
    /// X = A.
    mutating func moveToX() { emit(0x07) }
    /// A = X.
    mutating func moveFromX() { emit(0x87) }
    /// A += k.
    mutating func add(_ k: UInt32) { emit(0x04, k) }
    /// A += X.
    mutating func addX() { emit(0x0C) }
    /// A *= k.
    mutating func multiply(_ k: UInt32) { emit(0x24, k) }
    /// A &= k.
    mutating func and(_ k: UInt32) { emit(0x54, k) }
    /// A <<= k.
    mutating func shiftLeft(_ k: UInt32) { emit(0x64, k) }
    /// A >>= k.
    mutating func shiftRight(_ k: UInt32) { emit(0x74, k) }
    /// A ^= X.
    mutating func xorX() { emit(0xAC) }
    /// The program's answer is k.
    mutating func answer(_ k: UInt32) { emit(0x06, k) }
    /// The program's answer is A.
    mutating func answerA() { emit(0x16) }

    /// Goes on at `label`.
    mutating func jump(_ label: BPFLabel) {
        lines.append(Line(code: BPFInstruction.jumpAlways, whenTrue: .label(label), k: 0))
    }
    /// Goes on at `label` when A = k.
    mutating func jumpIfEqual(_ k: UInt32, _ label: BPFLabel) {
        lines.append(Line(code: 0x15, whenTrue: .label(label), k: k))
    }
    /// Goes on at `label` when A & k is not 0.
    mutating func jumpIfAnySet(_ k: UInt32, _ label: BPFLabel) {
        lines.append(Line(code: 0x45, whenTrue: .label(label), k: k))
    }

    /// The program, every jump resolved.
    func program() -> BPFProgram {
        func distance(_ target: Target, from index: Int) -> Int {
            guard case .label(let label) = target else { return 0 }
            guard let place = places[label.number] else {
                preconditionFailure("every label jumped to is placed")
            }
            precondition(place > index, "jumps go forwards")
            return place - index - 1
        }
        let instructions = lines.enumerated().map { index, line in
            let whenTrue = distance(line.whenTrue, from: index)
            let whenFalse = distance(line.whenFalse, from: index)
            if line.code == BPFInstruction.jumpAlways {
                return BPFInstruction(
                    code: line.code, jumpTrue: 0, jumpFalse: 0, k: UInt32(whenTrue))
            }
            precondition(whenTrue < 256 && whenFalse < 256, "a conditional jump within its reach")
            return BPFInstruction(
                code: line.code, jumpTrue: UInt8(whenTrue), jumpFalse: UInt8(whenFalse), k: line.k)
        }
        return BPFProgram(instructions: instructions)
    }
}
