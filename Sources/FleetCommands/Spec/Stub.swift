import FleetCore

enum TOMLDocument { static func parse(_ bytes: [UInt8]) throws(SpecError) -> DocumentValue { fatalError() } }
