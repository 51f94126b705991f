extension WorkerSpec {
    /// The worker in one canonical JSON text: equal workers give equal bytes, so that a digest stands for one.
    public var specJSON: [UInt8] {
        var json = JSONText()
        write(to: &json)
        return json.bytes
    }

    func write(to json: inout JSONText) {
        json.open("{")
        json.member("id", id.rawValue)
        if name != id.rawValue { json.member("name", name) }
        json.name("host")
        switch host {
        case .local(let host): host.write(to: &json)
        case .ssh(let host): host.write(to: &json)
        }
        if !labels.isEmpty { json.member("labels", labels) }
        if !capabilities.isEmpty { json.member("capabilities", capabilities.sorted()) }
        if maxConcurrentTasks != 1 { json.member("max_concurrent_tasks", maxConcurrentTasks) }
        if let exec { json.member("exec", exec) }
        json.close("}")
    }
}

extension LocalHostSpec {
    fileprivate func write(to json: inout JSONText) {
        json.open("{")
        json.member("kind", "local")
        json.member("working_directory", workingDirectory)
        if !path.isEmpty { json.member("path", path) }
        if !environmentAllowlist.isEmpty { json.member("env_allowlist", environmentAllowlist) }
        json.member("codewhale_binary", codewhaleBinary)
        json.close("}")
    }
}

extension SSHHostSpec {
    fileprivate func write(to json: inout JSONText) {
        json.open("{")
        json.member("kind", "ssh")
        json.member("host", host)
        json.member("user", user)
        json.member("port", port)
        json.member("identity", identity)
        json.member("working_directory", workingDirectory)
        json.member("codewhale_binary", codewhaleBinary)
        if !environmentAllowlist.isEmpty { json.member("env_allowlist", environmentAllowlist) }
        if transport != .system { json.member("transport", transport.rawValue) }
        json.member("supervisor", supervisor)
        if envVia != .channel { json.member("env_via", envVia.rawValue) }
        json.member("known_hosts", knownHosts)
        json.member("host_key_fingerprint", hostKeyFingerprint)
        json.member("proxy_jump", proxyJump)
        if connectTimeoutSeconds != 10 { json.member("connect_timeout_seconds", connectTimeoutSeconds) }
        if !path.isEmpty { json.member("path", path) }
        json.close("}")
    }
}
