extension RunSpec {
    /// Reads a spec from JSON: an object of a run, a bare array of tasks, or a single task.
    ///
    /// - Parameters:
    ///   - json: the document.
    ///   - fallbackName: the run's name where the document gives none.
    /// - Throws: all that is wrong in the document, or the first place where it is no JSON.
    public init(json: [UInt8], fallbackName: String = "run") throws(SpecError) {
        try self.init(document: JSONDocument.parse(json), fallbackName: fallbackName)
    }

    /// Reads back what ``specJSON`` wrote; its limits are wider, as matrices were expanded.
    public init(acceptedJSON json: [UInt8]) throws(SpecError) {
        try self.init(document: JSONDocument.parse(json, limits: .acceptedSpec))
    }

    /// Reads a spec from a document that was read already.
    package init(document: DocumentValue, fallbackName: String = "run") throws(SpecError) {
        let faults = FaultList()
        var assembly = SpecAssembly(faults)
        let spec = assembly.run(document, fallbackName: Self.title(of: fallbackName))
        try faults.throwIfAny()
        self = spec
    }

    /// The name of a file, which may be any text, as a run's name.
    private static func title(of file: String) -> String {
        var title = ""
        for character in file {
            let isControl = character.unicodeScalars.contains { $0.properties.generalCategory == .control }
            let shown = isControl ? " " : character
            guard title.utf8.count + shown.utf8.count <= 256 else { break }
            title.append(shown)
        }
        return title.isTitle ? title : "run"
    }

    /// Reads workers from a document: an array of them, or an object with `workers`.
    package static func workers(document: DocumentValue) throws(SpecError) -> [WorkerSpec] {
        let faults = FaultList()
        var list = document
        var place = Place()
        if case .object = document.content {
            let known = FieldNames(subject: "a file of workers", names: ["workers", "worker_specs"])
            let object = ObjectReader(document, at: place, faults, known: known)
            let name = object?["workers"] == nil && object?["worker_specs"] != nil ? "worker_specs" : "workers"
            object?.require(name, expected: "an array of workers")
            place = place.member(name)
            list = document[name] ?? DocumentValue(.array([]))
        }
        let workers = SpecAssembly(faults).workers(list, at: place)
        if workers.isEmpty, faults.isEmpty {
            faults.add(place, line: list.line, found: "no workers", expected: "at least one")
        }
        try faults.throwIfAny()
        return workers
    }
}
