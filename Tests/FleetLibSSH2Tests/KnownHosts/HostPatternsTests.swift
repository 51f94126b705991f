import Foundation
import TestSupport
import Testing

@testable import FleetLibSSH2

@Suite("Patterns of known hosts")
struct HostPatternsTests {
    @Test(
        "name a host",
        arguments: [
            ("a.example", "a.example"), ("a.example", "A.Example"), ("a.example", "b,a.example"),
            ("a.example", "*"), ("a.example", "*.example"), ("a.example", "a*"), ("a.example", "?.example"),
            ("a.example", "a.ex*le"), ("a.example", "**a**e**"), ("a.example", "*,!b"), ("a.example", "!b,*"),
            ("a.example", ",,a.example,"), ("a.example", "!,a.example"), ("a.example", "*?"),
            ("[a.example]:2222", "[a.example]:2222"), ("[a.example]:2222", "[*]:2222"),
            ("[a.example]:2222", "[*.example]:*"), ("::1", "::1"), ("[::1]:2222", "[::1]:2222"),
            ("aab", "*ab"), ("abcabd", "*ab?"), ("aaaaab", "a*a*b"),
        ]
    )
    func match(_ name: String, _ patterns: String) { #expect(isMatch(name, patterns)) }

    @Test(
        "do not name a host",
        arguments: [
            ("a.example", "b.example"), ("a.example", "a.exampl"), ("a.example", "a.example."), ("a.example", ""),
            ("a.example", "!a.example"), ("a.example", "!b"), ("a.example", "*,!a.example"),
            ("a.example", "!a.*,a.example"), ("a.example", "*.?"), ("a.example", "a.example?"),
            ("a.example", "a.example:22"), ("a.example", "[a.example]:22"), ("[a.example]:2222", "a.example"),
            ("[a.example]:2222", "[a.example]:222"), ("[a.example]:2222", "*,![*]:2222"),
            ("a.example", "a.example b"), ("a.example", "!!a.example"), ("a.example", "[a].example"),
        ]
    )
    func noMatch(_ name: String, _ patterns: String) { #expect(!isMatch(name, patterns)) }

    @Test("a line with a pattern that is too long names nobody, unless one before it says no already")
    func longPattern() {
        let long = String(repeating: "*", count: HostPatterns.patternLimit)
        #expect(isMatch("a", String(long.dropLast())))
        #expect(!isMatch("a", "a," + long))
        #expect(!isMatch("a", long + ",a"))
        #expect(isMatch("a", "!" + long.dropLast(2) + "b,a"))
    }

    @Test("fit as fnmatch(3) has it")
    func sameAsLibrary() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let name = text("ab", 0...8, &random)
            let pattern = text("ab*?", 0...8, &random)
            let expected = fnmatch(pattern, name, 0) == 0
            #expect(HostPatterns.isMatch(Array(name.utf8), Array(pattern.utf8)[...]) == expected, "\(name) \(pattern)")
        }
    }

    @Test("many stars take no more time than the product of both lengths", .timeLimit(.minutes(1)))
    func stars() {
        let pattern = String(repeating: "*a", count: 500) + "b"
        let name = String(repeating: "a", count: 20_000)
        #expect(!isMatch(name, pattern))
        #expect(isMatch(name + "b", pattern))
    }

    private func isMatch(_ name: String, _ patterns: String) -> Bool {
        HostPatterns(text: Array(patterns.utf8)[...]).match(Array(name.utf8))
    }

    private func text(_ letters: String, _ length: ClosedRange<Int>, _ random: inout SeededGenerator) -> String {
        let letters = Array(letters)
        let count = Int.random(in: length, using: &random)
        return String((0..<count).compactMap { _ in letters.randomElement(using: &random) })
    }
}
