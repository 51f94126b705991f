import Testing

@testable import FleetSupervisor

@Suite("Globs")
struct GlobTests {
    static let matching: [(pattern: String, path: String)] = [
        ("a.txt", "a.txt"), ("*.txt", "a.txt"), ("a?c", "abc"), ("out/*.log", "out/x.log"), ("*", "plain"),
        ("[a-c]x", "bx"), ("[!a-c]x", "dx"), ("[^a-c]x", "dx"), ("[]x]y", "]y"), ("[", "["), ("a[", "a["),
        ("**", "a/b/c"), ("**/c", "c"), ("**/c", "a/b/c"), ("a/**/c", "a/c"), ("a/**/c", "a/b/b/c"),
        ("./a", "a"), ("a//b", "a/b"), (".hidden", ".hidden"), (".*", ".hidden"), ("*a*b*c*", "xaybzc"),
        ("**/*.x", "p/q.x"),
        ("ü*", "ünïcødé"),
    ]

    static let different: [(pattern: String, path: String)] = [
        ("*.txt", "a.log"), ("*.txt", "out/a.txt"), ("a?c", "ac"), ("*", ".hidden"), ("**", ".git/config"),
        ("**/x", ".git/x"), ("[a-c]x", "dx"), ("[!a-c]x", "ax"), ("a/**", "b/c"), ("?hidden", ".hidden"), ("", "a"),
        ("*a*b*c*", "xaybz"), ("a/b", "a"), ("[!a]b", ".b"),
    ]

    @Test("a path that meets its pattern", arguments: matching)
    func matches(_ pattern: String, _ path: String) { #expect(Glob(pattern).matches(path)) }

    @Test("a path that does not", arguments: different)
    func differs(_ pattern: String, _ path: String) { #expect(!Glob(pattern).matches(path)) }

    @Test("a pattern of many stars takes no longer than its length asks for")
    func stars() {
        let name = Array(String(repeating: "a", count: 5_000).utf8)
        let pattern = Array((String(repeating: "a*", count: 60) + "b").utf8)
        #expect(!Glob.matches(name: name, pattern))
    }
}
