public import ArgumentParser

/// A process: its options are its stored properties, its work is `serve`.
public protocol ServiceCommand: ParsableCommand {
    /// Every setting of the process, for the environment, the file and the documentation.
    static var settings: SettingsTable { get }

    /// The options every process has: `@OptionGroup(title: "Common") var common: CommonOptions`.
    var common: CommonOptions { get }

    /// Checks what single values cannot show, before anything is opened.
    ///
    /// - Throws: `ServiceFailure(.usage, …)` that names the option.
    func validateOptions() throws

    /// Does the work; returns when it is done or a stop was asked for.
    ///
    /// - Throws: `ServiceFailure`, or any error, which becomes one line and an exit code.
    func serve(_ service: ServiceContext) throws
}

extension ServiceCommand {
    /// Nothing more to check.
    public func validateOptions() throws {}
}
