// From options to sinks. Nothing is opened here but files that hold secrets.

import FoundationEssentials
public import Platform
import Service
public import Sinks

/// Makes sinks of addresses and flags.
public struct SinkSeats {
    let options: SinkFlags

    /// Remembers the flags.
    public init(_ options: SinkFlags) { self.options = options }

    /// The sinks asked for, each with its own settings.
    ///
    /// - Parameters:
    ///   - texts: The addresses as they were written.
    ///   - files: The file system.
    ///   - time: The clocks.
    ///   - isDisabled: Whether nothing will be sent: then plain http is no matter.
    ///   - fileStem: How the names of files in a directory begin.
    public func seats(
        _ texts: [String], files: LiveFiles, time: SystemTime, isDisabled: Bool = false,
        fileStem: String = FileAddress.stem
    ) throws -> [SinkSeat] {
        var seats: [SinkSeat] = []
        let http = try httpOptions()
        for text in texts {
            let address: SinkAddress
            do throws(SinkError) {
                address = try SinkAddress(text, units: SinkFlags.units)
            } catch { throw ServiceFailure(.usage, "--to: '\(text)' \(error)") }
            if seats.contains(where: { $0.name == address.name }) {
                throw ServiceFailure(.usage, "--to: '\(text)' is given twice")
            }
            if address.isPlainHTTP && !isDisabled { try checkPlainHTTP(text) }
            seats.append(seat(address, http, files, time, fileStem))
        }
        return seats
    }

    /// Refuses an http URL without permission. A URL under the loggers' own name comes with the
    /// loggers' own default, rules that do not allow it; one named by --to is what was asked for.
    private func checkPlainHTTP(_ text: String) throws(ServiceFailure) {
        let loggersURL = ProcessInfo.processInfo.environment["USAGE_LOGGERS_URL"]
        let isLoggers = loggersURL == text
        guard !(options.allowHttp ?? !isLoggers) else { return }
        let name = isLoggers ? "USAGE_LOGGERS_URL" : "--to"
        let rules = options.allowHttp == nil ? "the default rules do" : "the rules do"
        throw ServiceFailure(
            .configuration,
            "\(name): '\(text)' is plain http, which \(rules) not allow: add a line "
                + "allow_http_url to USAGE_LOGGERS_RULES, or give --allow-http")
    }

    private func seat(
        _ address: SinkAddress, _ http: HTTPOptions, _ files: LiveFiles, _ time: SystemTime,
        _ fileStem: String
    ) -> SinkSeat {
        var settings = SinkSettings()
        settings.bundleBytes = max(options.bundleBytes.bytes, 1)
        settings.maximumLineBytes = max(options.inFlight.bytes, 1)
        switch address {
        case .resurface(let url):
            settings.commitNanoseconds = 100_000_000
            let compression = BodyCompression(rawValue: options.compression) ?? .deflated
            let sendsBatchHeader = options.batchHeader
            return SinkSeat(name: address.name, settings: settings) {
                (control: StopControl) throws(SinkError) in
                ResurfaceSink(
                    transport: try CurlTransport(
                        url: url, options: http, control: control, time: time),
                    compression: compression, sendsBatchHeader: sendsBatchHeader, time: time)
            }
        case .file(var file):
            file.stem = fileStem
            let address = file
            return SinkSeat(name: SinkAddress.file(address).name, settings: settings) { _ in
                FileSink(address, files: files, time: time)
            }
        case .standardOutput:
            return SinkSeat(name: address.name, settings: settings) { _ in
                StandardOutputSink(files: files)
            }
        }
    }

    /// How HTTP sinks are reached; secrets are read here.
    public func httpOptions() throws -> HTTPOptions {
        var http = HTTPOptions()
        http.connectMilliseconds = Int(options.connectTimeout.nanoseconds / 1_000_000)
        http.answerMilliseconds = Int(options.answerTimeout.nanoseconds / 1_000_000)
        http.headers = options.header
        http.certificatePath = options.tlsCertificate
        http.keyPath = options.tlsKey
        http.authorityPath = options.tlsCa
        http.userAgent = "Resurface/3.3.2 (Earshot \(EarshotVersion.text))"
        for (flag, path) in [
            ("tls-certificate", options.tlsCertificate), ("tls-key", options.tlsKey),
            ("tls-ca", options.tlsCa),
        ] {
            if let path { _ = try secret(path, flag: flag) }
        }
        let environment = ProcessInfo.processInfo.environment
        // libcurl's own file is the system's; other programs' loggers follow this variable.
        if http.authorityPath == nil, let path = environment["SSL_CERT_FILE"], !path.isEmpty {
            http.authorityPath = path
        }
        http.credentials =
            try options.userFile.map { try secret($0, flag: "user-file") }
            ?? environment["EARSHOT_SINK_USER"]
        let token =
            try options.bearerTokenFile.map { try secret($0, flag: "bearer-token-file") }
            ?? environment["EARSHOT_BEARER_TOKEN"]
        if let token, !token.isEmpty { http.headers.append("Authorization: Bearer \(token)") }
        if http.credentials != nil && token != nil {
            throw ServiceFailure(.usage, "--user-file and --bearer-token-file exclude each other")
        }
        return http
    }

    /// A file's text without the line feed at its end.
    private func secret(_ path: String, flag: String) throws -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ServiceFailure(.noInput, "--\(flag): cannot read '\(path)'")
        }
        var text = String(decoding: data, as: UTF8.self)
        while let last = text.last, last.isNewline || last == " " { text.removeLast() }
        if text.isEmpty { throw ServiceFailure(.configuration, "--\(flag): '\(path)' is empty") }
        return text
    }
}
