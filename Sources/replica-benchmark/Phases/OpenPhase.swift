internal import CRDT
internal import ReplicaStorage

/// `open`: a fresh process opens the loaded replica and reads one pet.
enum OpenPhase {
    private static let reads = 5_000

    static func run(dataFolder: String, workFolder: String, pet: String) throws -> Figures {
        let pack = try Pack(dataFolder: dataFolder)
        let fleet = try Fleet(workFolder: workFolder, schema: pack.schema)
        let pets = try pack.collection(named: "pets")
        guard let row = ULID.row(pet) else { throw BenchmarkError("\(pet) is no ULID") }
        var opening = Stopwatch()
        var reading = Stopwatch()
        let store = try opening.time {
            let store = try fleet.open("base", as: Fleet.loader)
            guard try store.reader.record(pets, row) != nil else {
                throw BenchmarkError("the replica has no pet \(pet)")
            }
            return store
        }
        let reader = store.reader
        try reading.time { () throws(StorageError) in
            for _ in 0..<reads { _ = try reader.record(pets, row) }
        }
        var figures = Figures()
        figures.add("open_and_read_ms", opening.seconds * 1e3)
        figures.add("read_us", reading.seconds / Double(reads) * 1e6)
        figures.add("rss_mb", ProcessMemory.resident)
        figures.add("peak_rss_mb", ProcessMemory.peak)
        store.close()
        return figures
    }
}
