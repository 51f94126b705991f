import NIOCore
import NIOPosix

/// Where the channels of the tests run.
enum TestLoops {
    static func next() -> any EventLoop { MultiThreadedEventLoopGroup.singleton.next() }
}
