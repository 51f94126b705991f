// Connects to a host, runs a command, and reads what another prints as it comes.

import FleetLibSSH2

let pool = SSHPool()
let session = try await pool.connect(to: "builder")

let result = try await session.run(["uname", "-s"])
print(result.status, result.text)

let end = try await session.stream(["seq", "3"]) { lines in
    for try await line in lines { print("line \(line)") }
}
print(end.status)
await pool.close()
