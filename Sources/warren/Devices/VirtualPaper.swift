internal import EdgeNode
internal import Foundation
internal import Logging
internal import Peripherals
internal import Synchronization

/// A folder that keeps every label that virtual printers make, as paper does: a label that came out
/// stays there whatever becomes of the program. Its picture is the one that the API shows of it.
final class VirtualPaper: Sendable {
    private let folder: URL
    /// Of the labels of this life of the program; the moment tells its lives apart.
    private let number = Mutex(0)
    private let began = UInt64(Date().timeIntervalSince1970 * 1_000)

    /// - Throws: where the folder cannot be made.
    init(_ folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Writes a file for each copy; there whole or not at all when this returns.
    func take(_ drawn: ZPLRenderer.Drawn, from serial: String, _ logger: Logger) {
        let picture = drawn.isSideways ? drawn.picture.turned : drawn.picture
        let png = VirtualPaper.png(picture)
        for _ in 0..<drawn.copies {
            let count = number.withLock { number in
                number += 1
                return number
            }
            let file = folder.appendingPathComponent("\(serial)-\(began)-\(count).png")
            do {
                try DurableFile.replace(file, with: png, mode: 0o600)
            } catch {
                logger.warning(
                    "a virtual label could not be kept",
                    metadata: ["device": "\(serial)", "reason": "\(error)"])
            }
        }
    }

    /// As every picture of a virtual label is shown.
    static func png(_ picture: LabelPicture) -> [UInt8] {
        picture.captioned("virtual: no paper").png(comment: "virtual")
    }
}
