import NIOCore
import Synchronization

/// Values of which every event loop has one, made when it is first asked for.
final class PerEventLoop<Value: Sendable>: Sendable {
    private let make: @Sendable (any EventLoop) -> Value
    /// With the event loop, which has its identifier as long as it is held.
    private let all = Mutex<[ObjectIdentifier: (eventLoop: any EventLoop, value: Value)]>([:])

    /// No values yet, and how one is made.
    init(_ make: @escaping @Sendable (any EventLoop) -> Value) { self.make = make }

    /// The event loop's value.
    func value(on eventLoop: any EventLoop) -> Value {
        all.withLock { all in
            if let known = all[ObjectIdentifier(eventLoop)] { return known.value }
            let value = make(eventLoop)
            all[ObjectIdentifier(eventLoop)] = (eventLoop, value)
            return value
        }
    }
}
