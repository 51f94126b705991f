import FleetCore
import FleetLedger
import FleetWire
import Logging
import Testing

@testable import FleetManager

@Suite struct StartRequestTests {
    static let key = AttemptKey(run: "r", task: "a", attempt: 2, nonce: "n")

    static func request(
        _ task: TaskSpec,
        worker: WorkerSpec = .sample("w"),
        exec: [String]? = nil,
        environment: [String: String] = ["PATH": "/bin"]
    ) -> StartRequest {
        let context = ManagerContext(
            workspace: Workspace(root: "/w"),
            supervisorPath: "/s",
            workerProgram: "/usr/bin/codewhale",
            environment: environment,
            logger: Logger(label: "test")
        )
        return StartRequest(key: key, task: task, worker: worker, exec: exec, usedSeconds: 0, context: context)
    }

    static func local(_ host: LocalHostSpec, exec: [String]? = nil) -> WorkerSpec {
        WorkerSpec(id: WorkerID(unchecked: "w"), host: .local(host), exec: exec)
    }

    @Test func aCommandIsRunAsItIs() {
        var task = TaskSpec.sample("a")
        task.work = .command(["echo", "{instructions}", ""])
        #expect(Self.request(task, exec: ["x"]).arguments == ["echo", "{instructions}", ""])
        task.work = .shell("a | b")
        #expect(Self.request(task).arguments == ["/bin/sh", "-c", "a | b"])
    }

    @Test func instructionsGoToTheWorkerProgram() {
        let task = ReceiptTests.instructions
        let end = ["exec", "--output-format", "stream-json", "--", "do it"]
        #expect(Self.request(task).arguments == ["/usr/bin/codewhale"] + end)
        let own = Self.local(LocalHostSpec(codewhaleBinary: "/opt/cw"))
        #expect(Self.request(task, worker: own).arguments == ["/opt/cw"] + end)
    }

    @Test func aTemplateOfTheWorkerCountsBeforeThatOfTheRun() {
        let task = ReceiptTests.instructions
        let run = ["agent", "-p", "say {instructions}, {instructions}"]
        #expect(Self.request(task, exec: run).arguments == ["agent", "-p", "say do it, do it"])
        let worker = Self.local(LocalHostSpec(), exec: ["mine", "{instructions}"])
        #expect(Self.request(task, worker: worker, exec: run).arguments == ["mine", "do it"])
    }

    @Test func aTemplateIsFilledInOnce() {
        var task = ReceiptTests.instructions
        task.work = .instructions("print {instructions}")
        #expect(Self.request(task, exec: ["a", "{instructions}"]).arguments == ["a", "print {instructions}"])
    }

    @Test func theRunsOwnVariablesStandBesideTheTasks() {
        var task = TaskSpec.sample("a")
        task.environment = ["MODE": "fast", "CODEWHALE_TASK_ID": "another"]
        let variables = Dictionary(Self.request(task).environment.map { ($0.name, $0.value) }) { first, _ in first }
        #expect(
            variables == [
                "MODE": "fast", "CODEWHALE_RUN_ID": "r", "CODEWHALE_TASK_ID": "a", "CODEWHALE_WORKER_ID": "w",
                "CODEWHALE_ATTEMPT": "2",
            ]
        )
    }

    @Test func onlyWhatIsAllowedAndSetHereIsForwardedByName() {
        let worker = Self.local(LocalHostSpec(environmentAllowlist: ["PROFILE", "UNSET"]))
        let environment = ["PROFILE": "p", "SECRET": "s", "CODEWHALE_AGENT": "agent"]
        let request = Self.request(.sample("a"), worker: worker, environment: environment)
        #expect(request.forwardedNames == ["PROFILE", "CODEWHALE_AGENT"])
        // No value of it travels in the frame.
        #expect(!request.environment.contains { ["p", "agent", "s"].contains($0.value) })
    }

    @Test func aChannelIsGivenTheBaseAndTheAllowedAlone() {
        let environment = ["PATH": "/bin", "HOME": "/h", "PROFILE": "p", "SECRET": "s", "LD_PRELOAD": "x"]
        #expect(
            LocalEnvironment.values(allowlist: ["PROFILE"], from: environment)
                == ["PATH": "/bin", "HOME": "/h", "PROFILE": "p"]
        )
    }

    @Test func placesAndBoundsAreTheWorkspacesAndTheTasks() {
        var task = TaskSpec.sample("a")
        task.logLimitBytes = 64 << 10
        task.expectedArtifacts = [.log]
        let request = Self.request(task, worker: Self.local(LocalHostSpec(path: ["/a", "/b"])))
        #expect(request.workingDirectory == "/w")
        #expect(request.pathPrefix == "/a:/b")
        #expect(request.logPath == "/w/.codewhale/fleet/r/logs/a.2.log")
        #expect(request.artifactsDirectory == "/w/.codewhale/fleet/r/artifacts/a.2")
        #expect((request.logLimit, request.logHead) == (64 << 10, 8 << 10))
        #expect(request.wantsLogDigest)
        let other = Self.request(.sample("a"), worker: Self.local(LocalHostSpec(workingDirectory: "~/w")))
        #expect(other.workingDirectory == "~/w")
        #expect(other.pathPrefix == nil && !other.wantsLogDigest && other.logHead == 1 << 20)
    }
}
