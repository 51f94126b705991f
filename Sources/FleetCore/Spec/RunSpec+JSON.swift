extension RunSpec {
    /// The spec in one canonical JSON text: matrices expanded, defaults filled in, names of objects in order.
    ///
    /// A spec equal to this one is read from it, and equal specs give equal bytes. What has its default is left out.
    public var specJSON: [UInt8] {
        var json = JSONText()
        json.open("{")
        json.member("name", name)
        if !labels.isEmpty { json.member("labels", labels) }
        if let exec { json.member("exec", exec) }
        if lostAfter != Self.defaultLostAfter { json.member("lost_after", lostAfter) }
        if case .stopAfter(let seconds) = onManagerLoss {
            json.name("on_manager_loss")
            json.open("{")
            json.member("stop_after", seconds)
            json.close("}")
        }
        if !workers.isEmpty {
            json.name("workers")
            json.open("[")
            for worker in workers { worker.write(to: &json) }
            json.close("]")
        }
        json.name("tasks")
        json.open("[")
        for task in tasks { task.write(to: &json) }
        json.close("]")
        json.close("}")
        return json.bytes
    }
}

extension JSONText {
    mutating func member(_ name: String, _ value: String?) {
        guard let value else { return }
        self.name(name)
        string(value)
    }

    mutating func member(_ name: String, _ value: Int?) {
        guard let value else { return }
        self.name(name)
        integer(value)
    }

    mutating func member(_ name: String, _ value: Double?) {
        guard let value else { return }
        self.name(name)
        number(value)
    }

    mutating func member(_ name: String, _ value: [String: String]) {
        self.name(name)
        table(value)
    }

    mutating func member(_ name: String, _ value: [String]) {
        self.name(name)
        strings(value)
    }
}

extension TaskSpec {
    fileprivate func write(to json: inout JSONText) {
        json.open("{")
        json.member("id", id.rawValue)
        if name != id.rawValue { json.member("name", name) }
        switch work {
        case .command(let list): json.member("command", list)
        case .shell(let text): json.member("command", text)
        case .instructions(let text): json.member("instructions", text)
        }
        json.member("description", description)
        json.member("objective", objective)
        json.member("context", context)
        if !inputFiles.isEmpty { json.member("input_files", inputFiles) }
        if !environment.isEmpty { json.member("env", environment) }
        if !requires.isEmpty { json.member("requires", requires.sorted()) }
        if !dependsOn.isEmpty { json.member("depends_on", dependsOn.map(\.rawValue)) }
        if priority != 0 { json.member("priority", priority) }
        if !tags.isEmpty { json.member("tags", tags) }
        if !labels.isEmpty { json.member("labels", labels) }
        json.member("timeout_seconds", timeoutSeconds)
        if let budgetSeconds {
            json.name("budget")
            json.open("{")
            json.member("max_seconds", budgetSeconds)
            json.close("}")
        }
        if retryPolicy != RetryPolicy() { retryPolicy.write(to: &json) }
        if !expectedArtifacts.isEmpty { writeArtifacts(to: &json) }
        scorer?.write(to: &json)
        if logLimitBytes != Self.defaultLogLimitBytes { json.member("log_limit_bytes", logLimitBytes) }
        alertPolicy?.write(to: &json)
        json.close("}")
    }

    private func writeArtifacts(to json: inout JSONText) {
        json.name("expected_artifacts")
        json.open("[")
        for artifact in expectedArtifacts {
            if let path = artifact.path {
                json.open("{")
                json.member("kind", artifact.kind)
                json.member("path", path)
                json.close("}")
            } else {
                json.string(artifact.kind)
            }
        }
        json.close("]")
    }
}

extension RetryPolicy {
    /// Everything is written out, as what is left out depends on what is there.
    fileprivate func write(to json: inout JSONText) {
        json.name("retry_policy")
        json.open("{")
        json.member("max_attempts", maxAttempts)
        json.member("initial_backoff_seconds", initialBackoff)
        json.member("max_backoff_seconds", maxBackoff)
        json.member("backoff_multiplier", multiplier)
        json.member("on", on.map(\.rawValue).sorted())
        json.close("}")
    }
}

extension Scorer {
    fileprivate func write(to json: inout JSONText) {
        json.name("scorer")
        json.open("{")
        switch self {
        case .exitCode: json.member("kind", "exit_code")
        case .fileExists(let path):
            json.member("kind", "file_exists")
            json.member("path", path)
        case .regexMatch(let path, let pattern):
            json.member("kind", "regex_match")
            json.member("path", path)
            json.member("pattern", pattern)
        case .jsonPath(let path, let expression):
            json.member("kind", "json_path")
            json.member("path", path)
            json.member("expression", expression)
        case .command(let list):
            json.member("kind", "command")
            json.member("command", list)
        }
        json.close("}")
    }
}

extension AlertPolicy {
    fileprivate func write(to json: inout JSONText) {
        json.name("alert_policy")
        json.open("{")
        if !events.isEmpty { json.member("events", events.map(\.rawValue)) }
        json.name("channels")
        json.open("[")
        for channel in channels {
            json.open("{")
            json.member("kind", channel.kind.rawValue)
            json.member("url", channel.url)
            json.member("url_ref", channel.urlReference)
            json.member("secret_ref", channel.secretReference)
            json.member("routing_key", channel.routingKeyReference)
            json.member("severity", channel.severity)
            json.close("}")
        }
        json.close("]")
        json.member("after_attempts", afterAttempts)
        json.member("after_minutes_stale", afterMinutesStale)
        json.close("}")
    }
}
