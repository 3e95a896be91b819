// What a mirror does to packets on the way to the listener.

/// How often packets are lost, doubled and moved, in packets of a thousand.
struct Noise {
    /// Left out for good.
    var lostPerMille = 0
    /// Written twice.
    var doubledPerMille = 0
    /// Written up to five packets later.
    var movedPerMille = 0

    /// Nothing happens.
    static let none = Noise()
    /// 1 % moved, 0.5 % doubled, 0.1 % lost.
    static let mirror = Noise(lostPerMille: 1, doubledPerMille: 5, movedPerMille: 10)
}
