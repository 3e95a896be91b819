// Where libFuzzer comes in. Fence: the pointer never leaves this file but as a borrowed Span.

import Bytes
import Glibc

/// The driver that the environment chooses.
private let driver: Driver? = {
    guard let name = unsafe getenv("EARSHOT_FUZZ_DRIVER") else { return nil }
    // SAFETY: getenv gives a terminated string; nobody sets the environment here.
    return Driver(rawValue: unsafe String(cString: name))
}()

/// One input. 0 says that libFuzzer may keep it.
@_cdecl("LLVMFuzzerTestOneInput")
public func earshotFuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let driver else {
        print(
            "EARSHOT_FUZZ_DRIVER: one of \(Driver.allCases.map(\.rawValue).joined(separator: " "))")
        exit(64)
    }
    guard let bytes = unsafe bytes, count > 0 else { return 0 }
    // SAFETY: libFuzzer lends `count` bytes for the time of the call.
    let input = unsafe Span(_unsafeStart: bytes, count: count)
    driver.run(input)
    return 0
}
