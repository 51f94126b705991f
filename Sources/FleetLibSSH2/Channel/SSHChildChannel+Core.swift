import NIOCore

/// What the pipeline asks of the channel.
extension SSHChildChannel: ChannelCore {
    func localAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }
    func remoteAddress0() throws -> SocketAddress { throw ChannelError.operationUnsupported }
    func register0(promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }
    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }
    func channelRead0(_ data: NIOAny) {}
    func errorCaught0(error: any Error) {}

    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isActive else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        guard outputClosing == nil else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        let bytes = unwrapData(data, as: ByteBuffer.self)
        writes.append((bytes, promise))
        waitingBytes += bytes.readableBytes
        if waitingBytes > Self.highWater, isWritable {
            isWritable = false
            pipeline.fireChannelWritabilityChanged()
        }
    }

    func flush0() {
        writes.mark()
        connection?.drive()
    }

    func read0() {
        if isDelivering { isReadAskedAgain = true }
        guard !isReadWanted else { return }
        isReadWanted = true
        if !isDrained { connection?.drive() }
    }

    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .all:
            guard isActive else {
                promise?.fail(ChannelError.alreadyClosed)
                return
            }
            abandon()
            promise?.succeed()
        case .output:
            guard isActive else {
                promise?.fail(ChannelError.alreadyClosed)
                return
            }
            guard outputClosing == nil else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            writes.mark()
            outputClosing = [promise]
            connection?.drive()
        case .input:
            promise?.fail(ChannelError.operationUnsupported)
        }
    }
}
