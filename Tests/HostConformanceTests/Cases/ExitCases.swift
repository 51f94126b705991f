import FleetHost
import FleetWire
import Foundation
import Testing

/// H15: how a program ended is exact, and not lost.
extension HostCase {
    static let exitCases: [HostCase] = [
        HostCase("H15", "exit codes and signals are exact; 137 and a KILL are told apart") { site in
            let notices = Notices()
            let host = site.open(notices)
            for code in [0, 1, 2, 126, 127, 128, 130, 137, 143, 255] as [UInt8] {
                let request = site.shell("exit \(code)", as: site.key("code\(code)"))
                _ = try await host.start(request)
                #expect(try await notices.wait(for: request.key).report.exit == .code(code))
            }
            for signal in [1, 2, 6, 9, 13, 15] as [UInt8] {
                let request = site.shell("kill -\(signal) $$", as: site.key("signal\(signal)"))
                _ = try await host.start(request)
                let report = try await notices.wait(for: request.key).report
                #expect(report.exit == .signal(signal) && report.cause == .itself)
            }
        },
        HostCase("H15", "resource use is recorded") { site in
            let text = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"
            let (report, _) = try await site.finish(site.shell(text))
            #expect(report.userMicroseconds > 10_000)
            #expect(report.peakMemoryBytes > 100 << 10)
        },
        HostCase("H15", "the program starts with default signals and none blocked") { site in
            let (_, log) = try await site.finish(site.start(["/bin/cat", "/proc/self/status"]))
            let masks = lines(log).filter { $0.hasPrefix("SigBlk") || $0.hasPrefix("SigIgn") || $0.hasPrefix("SigCgt") }
            #expect(masks.count == 3)
            for mask in masks.prefix(2) { #expect(mask.hasSuffix("0000000000000000"), "\(mask)") }
        },
        HostCase("H15.left", "children that outlive the program are ended after the drain, and counted") { site in
            try site.allowBackground()
            var request = site.shell("sleep 1000 & (exec setsid sleep 1001) & exit 3")
            request.drain = 100
            let (report, _) = try await site.finish(request)
            #expect(report.exit == .code(3) && report.leftBehind == 2)
            #expect(site.processes(of: request.key) == [])
        },
        HostCase("H15.background", "a background child that holds the output open does not hold the end for ever") {
            site in
            try site.allowBackground()
            var request = site.shell("sleep 1000 & echo said; exit 0")
            request.drain = 100
            let (report, log) = try await site.finish(request)
            #expect(report.exit == .code(0) && lines(log) == ["said"])
        },
        HostCase("H15.full", "with the disk full at the program's end the exit record is still there") { site in
            let disk = try await SmallDisk.make(site, "\(site.work)/full")
            site.onEnd { try await disk.remove() }
            let state = "\(site.work)/full/state"
            let notices = Notices()
            let host = site.open(notices, state: state)
            try site.makePipe("hold")
            let request = site.shell("read line < hold; echo lost words; exit 42")
            _ = try await host.start(request)
            try disk.fill()
            try await release(site.workFile("hold"))
            let report = try await notices.wait(for: request.key).report
            #expect(report.exit == .code(42))
            // What could not be written counts as dropped.
            #expect(report.logBytes == 11 && report.logDropped == 11)
            let later = try await site.open(state: state).status(of: [request.key])[0]
            #expect(later.exit == .code(42))
        },
    ]
}
