import CFaultVFS
import CSQLite
import Testing

/// The simulated disk keeps its own laws, before anything is proved on it.
struct FaultVFSTests {
    @Test func `a synced page survives a crash and an un-synced one may not`() {
        let bench = FaultBench()
        let old = [UInt8](repeating: 1, count: 4096)
        let new = [UInt8](repeating: 2, count: 4096)
        #expect(bench.write("anchor", old) == SQLITE_OK)
        #expect(fvfs_file_sync(bench.disk, "anchor") == SQLITE_OK)
        #expect(bench.write("anchor", new) == SQLITE_OK)
        #expect(bench.bytes("anchor") == new)
        fvfs_crash(bench.disk, 1, FVFS_DROP)
        #expect(bench.bytes("anchor") == old)
        #expect(bench.write("anchor", new) == SQLITE_OK)
        fvfs_crash(bench.disk, 1, FVFS_KEEP)
        #expect(bench.bytes("anchor") == new)
    }

    @Test(arguments: [Int32(512), 4096])
    func `a torn write leaves each sector wholly old or wholly new`(sector: Int32) throws {
        var torn = 0
        for seed in 1...100 as ClosedRange<UInt64> {
            let bench = FaultBench(sector: sector)
            let size = 8 * Int(sector)
            #expect(bench.write("page", [UInt8](repeating: 1, count: size)) == SQLITE_OK)
            #expect(fvfs_file_sync(bench.disk, "page") == SQLITE_OK)
            #expect(bench.write("page", [UInt8](repeating: 2, count: size)) == SQLITE_OK)
            fvfs_crash(bench.disk, seed, FVFS_TEAR)
            let bytes = bench.bytes("page") ?? []
            try #require(bytes.count == size)
            let sectors = stride(from: 0, to: size, by: Int(sector)).map {
                Set(bytes[$0..<$0 + Int(sector)])
            }
            #expect(sectors.allSatisfy { $0 == [1] || $0 == [2] })
            if Set(sectors).count == 2 { torn += 1 }
            #expect(bench.stats.sectors_kept + bench.stats.sectors_dropped == 8)
        }
        #expect((20...90).contains(torn))
    }

    @Test func `a file that was never synced may be gone, and a rename or deletion undone`() {
        let bench = FaultBench()
        #expect(bench.write("new", [1]) == SQLITE_OK)
        fvfs_crash(bench.disk, 1, FVFS_DROP)
        #expect(bench.bytes("new") == nil)

        for (name, byte) in [("kept", 1), ("renamed", 2)] as [(String, UInt8)] {
            #expect(bench.write(name, [byte]) == SQLITE_OK)
            #expect(fvfs_file_sync(bench.disk, name) == SQLITE_OK)
        }
        #expect(fvfs_file_rename(bench.disk, "renamed", "kept") == SQLITE_OK)
        #expect(bench.files == ["kept": [2]])
        fvfs_crash(bench.disk, 1, FVFS_DROP)
        #expect(bench.files == ["kept": [1], "renamed": [2]])
        #expect(fvfs_file_rename(bench.disk, "renamed", "kept") == SQLITE_OK)
        #expect(fvfs_directory_sync(bench.disk) == SQLITE_OK)
        fvfs_crash(bench.disk, 1, FVFS_DROP)
        #expect(bench.files == ["kept": [2]])
        #expect(fvfs_file_delete(bench.disk, "kept") == SQLITE_OK)
        fvfs_crash(bench.disk, 1, FVFS_DROP)
        #expect(bench.files == ["kept": [2]])
    }

    @Test func `a killed process leaves what it wrote readable and still un-synced`() throws {
        let bench = FaultBench()
        let before = CrashLedger.open(bench, synchronous: "NORMAL")
        for id in 1...5 { #expect(before.append(id) == SQLITE_OK) }
        #expect(before.connection.run("BEGIN IMMEDIATE") == SQLITE_OK)
        fvfs_kill(bench.disk)
        let after = CrashLedger.open(bench, synchronous: "NORMAL")
        #expect(try after.count() == 5)
        #expect(after.append(6) == SQLITE_OK)
        #expect(fvfs_file_unsynced(bench.disk, "node.db-wal") > 0)
        fvfs_crash(bench.disk, 1, FVFS_DROP)
        #expect(try CrashLedger.open(bench, synchronous: "NORMAL").count() < 5)
    }

    @Test func `each numbered call fails as ordered`() {
        let bench = FaultBench()
        #expect(bench.write("a", [1, 2, 3, 4]) == SQLITE_OK)
        bench.fail(after: 2, FVFS_WRITE, with: FVFS_IOERR)
        #expect(bench.write("a", [5, 6, 7, 8]) == SQLITE_OK)
        #expect(bench.write("a", [9, 9, 9, 9]) == SQLITE_IOERR)
        #expect(bench.bytes("a") == [5, 6, 7, 8])
        #expect(bench.write("a", [1, 2, 3, 4]) == SQLITE_OK)
        bench.fail(after: 1, with: FVFS_SHORT)
        #expect(bench.write("a", [9, 9, 9, 9]) == SQLITE_IOERR)
        #expect(bench.bytes("a") == [9, 9, 3, 4])
        bench.fail(after: 1, with: FVFS_FULL, sticky: true, suffix: "-wal")
        #expect(bench.write("a", [0]) == SQLITE_OK)
        for _ in 1...3 { #expect(bench.write("a-wal", [0]) == SQLITE_FULL) }
        fvfs_clear_faults(bench.disk)
        #expect(bench.write("a-wal", [0]) == SQLITE_OK)
        fvfs_set_capacity(bench.disk, 10)
        #expect(bench.write("a", [UInt8](repeating: 1, count: 9)) == SQLITE_OK)
        #expect(bench.write("a", [UInt8](repeating: 1, count: 10)) == SQLITE_FULL)
        let stats = bench.stats
        #expect(stats.errors == 6 && stats.short_writes == 1 && stats.full_writes == 4)
    }

    @Test func `a lost sync loses, and a failed sync may lose what still reads well`() {
        let bench = FaultBench()
        #expect(bench.write("a", [1]) == SQLITE_OK)
        #expect(fvfs_file_sync(bench.disk, "a") == SQLITE_OK)
        bench.fail(after: 1, with: FVFS_LOST)
        #expect(bench.write("a", [2]) == SQLITE_OK)
        #expect(fvfs_file_sync(bench.disk, "a") == SQLITE_OK)
        fvfs_crash(bench.disk, 1, FVFS_DROP)
        #expect(bench.bytes("a") == [1])
        bench.fail(after: 1, with: FVFS_FORGET)
        #expect(bench.write("a", [3]) == SQLITE_OK)
        #expect(fvfs_file_sync(bench.disk, "a") == SQLITE_IOERR)
        #expect(fvfs_file_sync(bench.disk, "a") == SQLITE_OK)
        #expect(bench.bytes("a") == [3])
        fvfs_crash(bench.disk, 1, FVFS_KEEP)
        #expect(bench.bytes("a") == [1])
        fvfs_lose_syncs(bench.disk, 7, 500)
        for _ in 1...1000 { #expect(fvfs_file_sync(bench.disk, "a") == SQLITE_OK) }
        #expect((401...601).contains(bench.stats.lost_syncs))
    }

    @Test func `a power cut fails every call until the crash settles the disk`() {
        let bench = FaultBench()
        #expect(bench.write("a", [1]) == SQLITE_OK)
        #expect(fvfs_file_sync(bench.disk, "a") == SQLITE_OK)
        bench.fail(after: 1, FVFS_WRITE, with: FVFS_POWER_CUT)
        #expect(bench.write("a", [2]) == SQLITE_IOERR)
        #expect(bench.write("a", [3]) == SQLITE_IOERR)
        #expect(RawConnection(bench.name).run("SELECT * FROM sqlite_schema") != SQLITE_OK)
        fvfs_crash(bench.disk, 1, FVFS_KEEP)
        #expect(bench.bytes("a") == [2])
    }

    @Test func `a clone is a copy of its own, and a flipped bit stays flipped`() throws {
        let bench = FaultBench()
        let copy = FaultBench()
        let ledger = CrashLedger.open(bench, synchronous: "FULL")
        for id in 1...20 { #expect(ledger.append(id) == SQLITE_OK) }
        fvfs_clone(bench.disk, copy.disk)
        #expect(copy.files == bench.files)
        #expect(ledger.append(21) == SQLITE_OK)
        fvfs_crash(copy.disk, 1, FVFS_DROP)
        let cloned = CrashLedger.open(copy, synchronous: "FULL")
        #expect(try cloned.count() == 20)
        cloned.connection.close()
        // Else the deletion of the log is undone, and the log mends the flipped page.
        #expect(fvfs_directory_sync(copy.disk) == SQLITE_OK)

        let size = fvfs_file_size(copy.disk, FaultBench.file)
        #expect(fvfs_flip_bit(copy.disk, FaultBench.file, size - 4096, 2))
        #expect(!fvfs_flip_bit(copy.disk, FaultBench.file, size, 0))
        fvfs_crash(copy.disk, 1, FVFS_DROP)
        #expect(RawConnection(copy.name).text("PRAGMA integrity_check") != "ok")
        let bytes = try #require(bench.bytes(FaultBench.file))
        fvfs_load(copy.disk, FaultBench.file, bytes, Int64(bytes.count))
        #expect(RawConnection(copy.name).text("PRAGMA integrity_check") == "ok")
    }

    @Test func `the clock stands where it was set and chance follows the seed`() {
        let bench = FaultBench()
        fvfs_set_time(bench.disk, 1_700_000_000_000)
        let connection = RawConnection(bench.name)
        #expect(connection.number("SELECT strftime('%s', 'now')") == 1_700_000_000)
        let vfs = [9, 9, 10].map { fvfs_create($0, 512) }
        let drawn = vfs.map { disk -> [UInt8] in
            var bytes = [Int8](repeating: 0, count: 16)
            let found = sqlite3_vfs_find(fvfs_name(disk))
            _ = found?.pointee.xRandomness(found, 16, &bytes)
            fvfs_destroy(disk)
            return bytes.map { UInt8(bitPattern: $0) }
        }
        #expect(drawn[0] == drawn[1] && drawn[0] != drawn[2])
    }
}
