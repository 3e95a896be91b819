/// What a layer below the flags says of one setting.
struct LayerValue: Equatable {
    /// The value, or the values of a list.
    var values: [String]
    /// Where it was found: `EARSHOT_PORTS`, `earshot.yaml:3: ports`.
    var source: String
}
