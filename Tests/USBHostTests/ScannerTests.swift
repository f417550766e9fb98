import Peripherals
import Testing
import USBEmulation

@testable import USBHost

extension USBTests {
    /// Reports from the cable to scans that say which scanner they came from.
    @Suite struct ScannerTests {
        private func open(
            _ bench: Bench, _ build: EmulatedBuild = .scanner(), at port: String,
            _ keys: EmulatedKeys
        ) async throws -> (EmulatedDevice, OpenDevice, USBScanner) {
            let plugged = bench.emulated.plug(port, build, keys)
            let device = try await bench.device(at: port)
            let interface = try #require(device.reportInterfaces.first)
            let open = try await bench.bus.open(device, interface)
            let scanner = USBScanner(
                open.sighting, .keyboard(.init()), on: interface, clock: bench.clock)
            return (plugged, open, scanner)
        }

        @Test func `a scan comes with its scanner`() async throws {
            try await withBench { bench in
                let keys = EmulatedKeys()
                let (_, open, scanner) = try await open(bench, .scanner(serial: "9"), at: "1", keys)
                let reports = Watch<[USBScanner.Report]>([])
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = await scanner.serve(open.link) { report in
                            reports.update { $0.append(report) }
                        }
                    }
                    keys.type("PET:01J9ZK3V8Q\n")
                    await reports.until { $0.count == 1 }
                    group.cancelAll()
                }
                guard case .scan(let scan, let sighting) = reports.value[0] else {
                    Issue.record("no scan")
                    return
                }
                #expect(scan.text == "PET:01J9ZK3V8Q")
                #expect(sighting.serial == "9")
                #expect(sighting.portPath == "1-1")
                // It was asked for plain reports and for no repetitions.
                #expect(keys.requests.value == [0x0B, 0x0A])
            }
        }

        @Test func `two identical scanners interleave and never mix`() async throws {
            try await withBench { bench in
                let (left, right) = (EmulatedKeys(), EmulatedKeys())
                let (_, openLeft, scannerLeft) = try await open(bench, at: "1", left)
                let (_, openRight, scannerRight) = try await open(bench, at: "3", right)
                #expect(openLeft.sighting.keys != openRight.sighting.keys)
                let texts = Watch<[String: [String]]>([:])
                let keep = { @Sendable (report: USBScanner.Report) in
                    guard case .scan(let scan, let sighting) = report else { return }
                    texts.update { $0[sighting.portPath, default: []].append(scan.text ?? "") }
                }
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = await scannerLeft.serve(openLeft.link) { keep($0) } }
                    group.addTask { _ = await scannerRight.serve(openRight.link) { keep($0) } }
                    let pairs = zip(
                        EmulatedKeys.reports("LEFT1\nLEFT2\n"),
                        EmulatedKeys.reports("RIGHT\nOTHER\n"))
                    for (one, other) in pairs {
                        left.give(one)
                        right.give(other)
                    }
                    await texts.until { $0["1-1"]?.count == 2 && $0["1-3"]?.count == 2 }
                    group.cancelAll()
                }
                #expect(texts.value == ["1-1": ["LEFT1", "LEFT2"], "1-3": ["RIGHT", "OTHER"]])
            }
        }

        @Test func `a scanner pulled in the middle of a scan refuses the half`() async throws {
            try await withBench { bench in
                let keys = EmulatedKeys()
                let (plugged, open, scanner) = try await open(bench, at: "1", keys)
                let reports = Watch<[USBScanner.Report]>([])
                let fault = await withTaskGroup(of: LinkFault.self) { group in
                    group.addTask {
                        await scanner.serve(open.link) { report in
                            reports.update { $0.append(report) }
                        }
                    }
                    keys.type("WHOLE\nHALF")
                    await reports.until { $0.count == 1 }
                    await keys.isReadEmpty(open.link)
                    plugged.unplug()
                    return await group.next()
                }
                #expect(fault?.reason == .unplugged)
                let half = ScanRefusal(.unplugged, count: 4)
                #expect(reports.value.last == .refusal(half, open.sighting))
                #expect(reports.value.count == 2)
            }
        }

        @Test func `silence ends a scan without a terminator by the given clock`() async throws {
            try await withBench { bench in
                let keys = EmulatedKeys()
                _ = bench.emulated.plug("1", .scanner(), keys)
                let device = try await bench.device(at: "1")
                let interface = try #require(device.reportInterfaces.first)
                let open = try await bench.bus.open(device, interface)
                let scanner = USBScanner(
                    open.sighting, .keyboard(.init(terminators: [])), on: interface,
                    clock: bench.clock)
                let texts = Watch<[String]>([])
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = await scanner.serve(open.link) { report in
                            guard case .scan(let scan, _) = report else { return }
                            texts.update { $0.append(scan.text ?? "") }
                        }
                    }
                    keys.type("A1")
                    await keys.isReadEmpty(open.link)
                    await bench.clock.turn(by: .milliseconds(81))
                    await texts.until { $0 == ["A1"] }
                    group.cancelAll()
                }
            }
        }
    }
}

extension EmulatedKeys {
    /// Returns when all reports were fetched and the driver waits for the next.
    func isReadEmpty(_ link: any DeviceLink) async {
        await device.value?.hasNothingToSay()
        // An order's end comes after the ends of the reads before it.
        _ = try? await link.request(LinkRequest(kind: 0x21, code: 0x0A))
    }
}
