import FleetCore

/// Finds the agent that `codewhale exec` runs.
///
/// The first of these that names one counts:
/// 1. the variable `CODEWHALE_AGENT`: a JSON array of texts, or a command whose words stand between blanks;
/// 2. `.codewhale/config.toml`, in the current directory or the nearest one above it that has it;
/// 3. `$XDG_CONFIG_HOME/codewhale/config.toml`, by default `~/.config/codewhale/config.toml`.
///
/// The files say `[agent]` and `command = ["claude", "-p", "{prompt}"]`. Values of variables do not belong there.
struct AgentConfiguration: Sendable {
    /// The variable's name.
    static let variable = "CODEWHALE_AGENT"
    /// The most bytes of a configuration file.
    static let fileLimit = 1 << 20

    /// The variable's value.
    var variableValue: String?
    /// The files that may name an agent, in the order in which they count.
    var files: [String]

    /// The configuration of this process.
    static func ofProcess() -> AgentConfiguration {
        var files = workspaceFile(from: System.currentDirectory).map { [$0] } ?? []
        if let directory = System.variable("XDG_CONFIG_HOME"), directory.hasPrefix("/") {
            files.append(directory + "/codewhale/config.toml")
        } else if let home = System.variable("HOME"), home.hasPrefix("/") {
            files.append(home + "/.config/codewhale/config.toml")
        }
        return AgentConfiguration(variableValue: System.variable(variable), files: files)
    }

    /// The nearest `.codewhale/config.toml` at or above a directory.
    static func workspaceFile(from directory: String) -> String? {
        var directory = directory[...]
        while true {
            let file = directory + "/.codewhale/config.toml"
            if (try? System.status(String(file))) != nil { return String(file) }
            guard let slash = directory.lastIndex(of: "/"), !directory.isEmpty else { return nil }
            directory = directory[..<slash]
        }
    }

    /// The agent.
    ///
    /// - Throws: `configuration` where none is configured, or what is there makes no sense.
    func agent() throws(CommandError) -> AgentCommand {
        if let value = variableValue, !value.allSatisfy(\.isWhitespace) {
            return AgentCommand(template: try Self.template(ofVariable: value), source: Self.variable)
        }
        for file in files {
            if let template = try Self.template(ofFile: file) {
                return AgentCommand(template: template, source: file)
            }
        }
        throw CommandError(
            .configuration,
            "no agent is configured: set \(Self.variable), or [agent] command in "
                + (files.isEmpty ? "~/.config/codewhale/config.toml" : files.joined(separator: " or ")),
            hint: #"such as CODEWHALE_AGENT='["claude", "-p", "{prompt}"]'"#
        )
    }

    private static func template(ofVariable value: String) throws(CommandError) -> [String] {
        guard value.first(where: { !$0.isWhitespace }) == "[" else {
            return try AgentCommand.split(value, source: variable)
        }
        do {
            return try words(try JSONDocument.parse(Array(value.utf8)), in: variable)
        } catch let error as SpecError {
            throw Self.error(error, in: variable)
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.configuration, "\(variable): \(error)")
        }
    }

    private static func template(ofFile path: String) throws(CommandError) -> [String]? {
        let bytes: [UInt8]
        do {
            let status = try System.status(path)
            // What is run here is not for others to say.
            guard status.isFile, status.owner == System.user || status.owner == 0, !status.isWritableByOthers else {
                throw CommandError(
                    .configuration,
                    "\(path) is not used: it is not a file that only you can write",
                    hint: "make it yours alone: chown, and chmod go-w"
                )
            }
            let descriptor = try System.open(path)
            defer { System.close(descriptor) }
            bytes = try System.readAll(descriptor, limit: fileLimit)
        } catch let error as CommandError {
            throw error
        } catch let failure as System.Failure {
            if failure.isMissing { return nil }
            throw CommandError(.configuration, "\(path) cannot be read: \(failure.text)")
        } catch {
            throw CommandError(.configuration, "\(path) cannot be read: \(error)")
        }
        guard bytes.count <= fileLimit else {
            throw CommandError(.configuration, "\(path) is larger than \(Wording.bytes(Int64(fileLimit)))")
        }
        return try template(ofDocument: bytes, in: path)
    }

    /// The command of a file's content; nil where it names none.
    static func template(ofDocument bytes: [UInt8], in path: String) throws(CommandError) -> [String]? {
        let document: DocumentValue
        do {
            document = try TOMLDocument.parse(bytes)
        } catch {
            throw Self.error(error, in: path)
        }
        guard let agent = document["agent"] else { return nil }
        guard case .object(let members) = agent.content else {
            throw CommandError(.configuration, "\(path): agent: found \(agent.kindText), expected a table")
        }
        for member in members where member.name != "command" {
            throw CommandError(
                .configuration,
                "\(path): agent.\(member.name) is not known; the table has command alone",
                hint: NearestName.hint(member.name, in: ["command"])
            )
        }
        guard let command = agent["command"] else { return nil }
        if let text = command.text { return try nonEmpty(AgentCommand.split(text, source: path), in: path) }
        return try words(command, in: path)
    }

    private static func words(_ value: DocumentValue, in source: String) throws(CommandError) -> [String] {
        guard case .array(let elements) = value.content, elements.allSatisfy({ $0.text != nil }) else {
            throw CommandError(
                .configuration,
                "\(source): the agent's command is to be an array of texts",
                hint: #"such as ["claude", "-p", "{prompt}"]"#
            )
        }
        return try nonEmpty(elements.compactMap(\.text), in: source)
    }

    private static func nonEmpty(_ words: [String], in source: String) throws(CommandError) -> [String] {
        guard let program = words.first, !program.isEmpty else {
            throw CommandError(.configuration, "\(source): the agent's command names no program")
        }
        guard !words.contains(where: { $0.utf8.contains(0) }) else {
            throw CommandError(.configuration, "\(source): the agent's command has a NUL character")
        }
        return words
    }

    private static func error(_ error: SpecError, in source: String) -> CommandError {
        CommandError(.configuration, "\(source): \(error.faults.first.map { "\($0)" } ?? "it cannot be read")")
    }
}
