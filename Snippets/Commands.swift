// Gives commands arguments, variables and input, and reads their ends.

import FleetLibSSH2

try await withSSHPool { pool in
    let session = try await pool.connect(to: "builder")

    // snippet.arguments
    // An argument arrives as it is: no shell of the host reads it.
    let quoted = try await session.run(["printf", "%s|", "two words", "$HOME", "it's", "a\nb"])
    print(quoted.text)
    // snippet.end

    // snippet.shell
    // Where a shell is wanted, it is named.
    let piped = try await session.run(["/bin/sh", "-c", "sort | uniq -c"], input: "b\na\nb\n".utf8)
    print(piped.text)
    // snippet.end

    // snippet.variables
    // The host's sshd must accept the names (AcceptEnv); one that it refuses is an error, not silence.
    let told = try await session.run(["printenv", "CODEWHALE_PROFILE"], environment: ["CODEWHALE_PROFILE": "nightly"])
    print(told.text)
    // snippet.end

    // snippet.status
    // An exit code, a signal and a lost connection are three cases. The last one is thrown.
    for script in ["exit 3", "kill -TERM $$"] {
        switch try await session.run(["/bin/sh", "-c", script]).status {
        case .code(let code): print("exit \(code)")
        case .signal(let number): print("signal \(number)")
        case .unknown: break
        }
    }
    // snippet.end

    // snippet.bounds
    // Of the output, the first 1,000 bytes are kept, and the others counted.
    let bounded = try await session.run(["seq", "100000"], outputLimit: 1_000)
    print(bounded.output.count, bounded.droppedBytes)
    // snippet.end
}
