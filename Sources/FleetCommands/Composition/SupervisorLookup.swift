/// Finds the supervisor that this executable puts on hosts.
enum SupervisorLookup {
    #if os(Linux)
    private static let system = "linux"
    #else
    private static let system = "macos"
    #endif
    #if arch(x86_64)
    private static let architecture = "x86_64"
    #elseif arch(arm64)
    private static let architecture = "aarch64"
    #else
    private static let architecture = "unknown"
    #endif

    /// The names under which it may stand beside the executable, the first that is there counts.
    static let names = ["codewhale-supervisor", "codewhale-supervisor-\(system)-\(architecture)"]

    /// Its path.
    ///
    /// - Throws: `configuration` where it is not beside the executable.
    static func find(
        beside executable: String?,
        isExecutable: (String) -> Bool = System.isExecutable
    ) throws(CommandError) -> String {
        guard let executable, let slash = executable.lastIndex(of: "/") else {
            throw CommandError(.configuration, "the place of this executable is not known")
        }
        let directory = executable[..<slash]
        for name in names {
            let path = "\(directory)/\(name)"
            if isExecutable(path) { return path }
        }
        throw CommandError(
            .configuration,
            "there is no executable \(names[0]) in \(directory.isEmpty ? "/" : directory)",
            hint: "install codewhale and codewhale-supervisor into the same directory"
        )
    }
}
