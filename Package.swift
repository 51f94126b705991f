// swift-tools-version: 6.2

import PackageDescription

/// Settings of every target: existentials are spelled out, imports are explicit and internal.
///
/// CI sets CODEWHALE_STRICT, and warnings are errors there; a user's build with a newer compiler is not stopped by them.
let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (Context.environment["CODEWHALE_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// The supervisor runs on hosts that hold nothing but a kernel and `/proc`: one file, linked statically.
let isStatic = ["-static-executable"]
/// It travels to every builder: without symbols it has half the length.
let isStripped = ["-Xlinker", "--strip-all"]

/// What the simulation plays thousands of histories with: tests of ours build it optimized.
let optimized: Set<String> =
    Context.environment["CODEWHALE_STRICT"] == nil
    ? [] : ["FleetCore", "FleetWire", "FleetHost", "FleetLedger", "FleetManager", "Simulation"]

let package = Package(
    name: "agent-fleet",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "codewhale", targets: ["codewhale"]),
        .executable(name: "codewhale-supervisor", targets: ["codewhale-supervisor"]),
        .library(name: "FleetLibSSH2", targets: ["FleetLibSSH2", "FleetTransport"]),
        .library(name: "AgentFleet", targets: ["FleetCore", "FleetLedger", "FleetHost", "FleetManager"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The vocabulary. Pure: no input or output, no clock.
        .target(name: "FleetCore"),
        .target(
            name: "FleetLedger",
            dependencies: ["FleetCore"]
        ),
        .target(name: "CFleetTransport"),
        .target(
            name: "FleetTransport",
            dependencies: [
                "FleetCore", "CFleetTransport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        // What the system has of SSH and of digests.
        .systemLibrary(
            name: "CLibSSH2",
            pkgConfig: "libssh2",
            providers: [.apt(["libssh2-1-dev", "libssl-dev"]), .brew(["libssh2"])]
        ),
        .systemLibrary(
            name: "CLibCrypto",
            pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]
        ),
        .target(
            name: "FleetLibSSH2",
            dependencies: [
                "CLibCrypto", "CLibSSH2", "FleetTransport",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        // The protocol between host adapter and supervisor. No Foundation, imports nothing.
        .target(name: "FleetWire"),
        // What Swift will not call: fork, and system calls that take a variable number of arguments.
        .target(name: "CFleetSupervisor"),
        .target(
            name: "FleetSupervisor",
            dependencies: ["CFleetSupervisor", "FleetWire"]
        ),
        .executableTarget(
            name: "codewhale-supervisor",
            dependencies: ["FleetSupervisor"],
            swiftSettings: [.unsafeFlags(isStatic, .when(platforms: [.linux]))],
            linkerSettings: [.unsafeFlags(isStatic + isStripped, .when(platforms: [.linux]))]
        ),
        .target(
            name: "FleetHost",
            dependencies: [
                "FleetCore", "FleetLibSSH2", "FleetTransport", "FleetWire",
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .target(
            name: "FleetManager",
            dependencies: [
                "FleetCore", "FleetLedger", "FleetHost", "FleetSupervisor", "FleetTransport", "FleetWire",
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .target(
            name: "FleetCommands",
            dependencies: [
                "FleetCore", "FleetLedger", "FleetWire", "FleetSupervisor", "FleetTransport", "FleetHost",
                "FleetManager",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(name: "codewhale", dependencies: ["FleetCommands"]),

        // Ledgers of any size, for benchmarks and tests.
        .target(name: "LedgerSamples", dependencies: ["FleetCore", "FleetLedger"], path: "Benchmarks/LedgerSamples"),
        .executableTarget(
            name: "ledger-generator",
            dependencies: ["FleetLedger", "LedgerSamples"],
            path: "Benchmarks/LedgerGenerator"
        ),

        // What several test targets need.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        // What a benchmark measures of the contact with builders.
        .executableTarget(
            name: "host-probe",
            dependencies: [
                "FleetCore", "FleetHost", "FleetTransport",
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Benchmarks/HostProbe"
        ),

        // Our side of the benchmark beside other ways to speak SSH.
        .executableTarget(
            name: "ssh-probe",
            dependencies: [
                "FleetCore", "FleetHost", "FleetTransport", "FleetWire",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Benchmarks/SSHProbe"
        ),

        // The native transport for long.
        .executableTarget(
            name: "soak",
            dependencies: [
                "FleetLibSSH2", "FleetTransport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Benchmarks/Soak",
            exclude: ["valgrind.supp"]
        ),

        // ssh servers in containers, for the suites of the contract.
        .target(
            name: "TestServers",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/TestServers"
        ),
        .testTarget(name: "FleetCoreTests", dependencies: ["FleetCore", "TestSupport"]),
        .testTarget(
            name: "FleetLedgerTests",
            dependencies: ["FleetCore", "FleetLedger", "LedgerSamples", "TestSupport"]
        ),
        .testTarget(name: "FleetWireTests", dependencies: ["FleetWire", "TestSupport"]),
        .testTarget(
            name: "FleetSupervisorTests",
            dependencies: ["CFleetSupervisor", "FleetSupervisor", "FleetWire", "TestSupport"]
        ),
        .testTarget(
            name: "FleetHostTests",
            dependencies: [
                "FleetCore", "FleetHost", "FleetTransport", "FleetWire", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "FleetManagerTests",
            dependencies: [
                "FleetCore", "FleetLedger", "FleetHost", "FleetManager", "FleetSupervisor", "FleetWire", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        // The manager, its ledger and its hosts in one process and a time of their own, over many seeds.
        .testTarget(name: "SimulationTests", dependencies: ["Simulation"]),
        .executableTarget(name: "simulate", dependencies: ["Simulation"], path: "Tests/SimulationTool"),
        .target(
            name: "Simulation",
            dependencies: [
                "FleetCore", "FleetLedger", "FleetHost", "FleetManager", "FleetWire", "LedgerSamples",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Simulation"
        ),
        .testTarget(
            name: "FleetCommandsTests",
            dependencies: [
                "FleetCore", "FleetLedger", "FleetWire", "FleetTransport", "FleetHost", "FleetManager",
                "FleetCommands", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "FleetTransportTests",
            dependencies: [
                "FleetCore", "FleetTransport", "TestServers", "TestSupport",
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "FleetLibSSH2Tests",
            dependencies: [
                "CLibSSH2", "FleetLibSSH2", "FleetTransport", "TestServers", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        // The contract of transports, over every transport and server.
        .testTarget(
            name: "TransportConformanceTests",
            dependencies: [
                "FleetLibSSH2", "FleetTransport", "TestServers", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        // The contract of host adapters, over every transport; runs the supervisor that was built.
        .testTarget(
            name: "HostConformanceTests",
            dependencies: [
                "FleetCore", "FleetHost", "FleetLibSSH2", "FleetTransport", "FleetWire", "TestServers", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        // Whatever reads foreign bytes.
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "FleetCommands", "FleetCore", "FleetLedger", "FleetLibSSH2", "FleetTransport", "FleetWire",
                "TestSupport",
            ]
        ),
        // The command line as people use it: runs the executables that were built.
        .testTarget(name: "CommandLineTests", dependencies: ["FleetLibSSH2", "TestServers", "TestSupport"]),
    ]
)

// Scripts/fuzz makes a program of the fuzz tests, which the compiler's libFuzzer drives.
if Context.environment["CODEWHALE_FUZZ"] != nil,
    let place = package.targets.firstIndex(where: { $0.name == "FuzzTests" })
{
    let tests = package.targets.remove(at: place)
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: tests.dependencies,
            path: "Tests/FuzzTests",
            exclude: ["FuzzTests.swift"],
            swiftSettings: [.define("FUZZER"), .unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]
        )
    )
}

// Only whoever makes the documentation needs its plugin: Scripts/docs.
if Context.environment["CODEWHALE_DOCS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}

for target in package.targets where !target.name.hasPrefix("C") || target.name.hasSuffix("Tests") {
    target.swiftSettings = settings + (target.swiftSettings ?? [])
    if optimized.contains(target.name) {
        target.swiftSettings?.append(.unsafeFlags(["-O"], .when(configuration: .debug)))
    }
}
