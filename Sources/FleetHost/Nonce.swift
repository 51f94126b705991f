import NIOConcurrencyHelpers

/// Random names: of channels and attempts.
package enum Nonce {
    /// 16 hex digits from the system's generator.
    package static func make() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Carries one value out of a closure that runs elsewhere.
final class NIOLockedSlot<Value: Sendable>: Sendable {
    private let box = NIOLockedValueBox<Value?>(nil)

    func set(_ value: Value) { box.withLockedValue { $0 = value } }

    func get() -> Value? { box.withLockedValue { $0 } }
}

extension Nonce {
    /// 32 random bytes: the key of a channel's digests.
    static func makeKey() -> [UInt8] { (0..<32).map { _ in UInt8.random(in: .min ... .max) } }
}
