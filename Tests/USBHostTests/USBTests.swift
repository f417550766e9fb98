import Foundation
import Peripherals
import Testing
import USBEmulation
import USBHost

/// Everything that needs the emulated bus. One testbed a process, so nothing runs beside it; run
/// it with `make usb`. The limit asserts nothing: it ends a test that waits for what never comes.
@Suite(
    .serialized, .enabled(if: EmulatedBus.isPossible, "run by `make usb` under umockdev-wrapper"),
    .timeLimit(.minutes(5)))
struct USBTests {
    /// A bus with the emulator below it, and the hand that turns its clock.
    struct Bench: Sendable {
        let emulated: EmulatedBus
        let bus: USBBus
        let clock: TurnedClock

        /// The device at this port, as soon as it is there.
        func device(at port: String) async throws -> BusDevice {
            for await level in bus.levels() {
                if let device = level.first(where: { $0.portPath == "1-\(port)" }) {
                    return device
                }
            }
            throw CancellationError()
        }

        /// Returns when nothing is at this port.
        func emptiness(at port: String) async {
            for await level in bus.levels()
            where !level.contains(where: { $0.portPath == "1-\(port)" }) { return }
        }

        /// Plugs a printer in and takes it.
        func printer(
            _ build: EmulatedBuild = .zebra(), at port: String = "2",
            _ zebra: EmulatedZebra = EmulatedZebra()
        ) async throws -> (EmulatedZebra, EmulatedDevice, OpenDevice) {
            let plugged = emulated.plug(port, build, zebra)
            let device = try await device(at: port)
            let interface = try #require(device.printerInterface)
            return (zebra, plugged, try await bus.open(device, interface))
        }
    }

    static func withBench(_ body: (Bench) async throws -> Void) async throws {
        let emulated = try EmulatedBus()
        let clock = TurnedClock()
        let bus = try USBBus(clock: clock)
        do {
            try await body(Bench(emulated: emulated, bus: bus, clock: clock))
        } catch {
            await bus.close()
            emulated.free()
            throw error
        }
        await bus.close()
        emulated.free()
    }

    static func shelf() throws -> ProfileShelf {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Firmware-profiles")
        let files = try #require(
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        return try ProfileShelf(
            files.compactMap { $0 as? URL }.filter { $0.pathExtension == "json" }.map {
                let value = try JSONDecoder().decode(
                    ProfileValue.self, from: Data(contentsOf: $0))
                return (name: $0.lastPathComponent, value: value)
            })
    }
}
