import NIOCore

/// What comes from the host, and what becomes of the channel that carries it.
extension SSHConnection {
    /// Takes a channel that is connected and reads nothing yet for its own.
    ///
    /// - Throws: why the connection is over, where it is.
    func use(_ channel: any Channel) throws {
        if let failure { throw failure }
        try channel.pipeline.syncOperations.addHandler(self)
        if let context { acknowledgeAtOnce(context) }
        drive()
        try channel.syncOptions?.setOption(.autoRead, value: true)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        guard context === self.context else { return }
        self.context = nil
        fail(lost)
        finish()
    }

    func channelActive(context: ChannelHandlerContext) {
        acknowledgeAtOnce(context)
        drive()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard failure == nil, let streams = session?.streams else { return }
        var bytes = unwrapInboundIn(data)
        if firstBytes.count < 64 { firstBytes += bytes.readableBytesView.prefix(64) }
        streams.inbound.writeBuffer(&bytes)
        onHeard?()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !hasCommand { acknowledgeAtOnce(context) }
        drive()
        checkMemory()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { drive() }
    }

    /// Behind a jump host the end of the host's connection is told so: the channel to the jump host lives on.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { end() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(lost) }

    /// Nothing more comes; what came before still counts.
    private func end() {
        (streams.isOver, streams.isClosedByHost) = (true, true)
        drive()
        fail(lost)
    }

    private func acknowledgeAtOnce(_ context: ChannelHandlerContext) {
        #if os(Linux)
        // Falls back to delayed acknowledgement by itself (tcp(7)), so that it is set again and again.
        try? context.channel.syncOptions?.setOption(.tcpOption(.init(rawValue: 12)), value: 1)
        #endif
    }
}
