import FleetCommands

@main
struct Codewhale {
    @MainActor
    static func main() async {
        await CommandLineEntry.main()
    }
}
