internal import ArgumentParser
internal import EdgeNode
internal import Foundation
internal import Peripherals

/// `warren picture`
struct PictureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "picture",
        abstract: "Draw a label's ZPL as the virtual printers do.",
        discussion: """
            Knows the commands that this program writes and refuses all others by name. Draws the \
            label as it lies on the strip.
            """)

    @Argument(help: ArgumentHelp("A file with one label.", valueName: "label.zpl"))
    var label: String

    @Argument(help: ArgumentHelp("Where the picture goes.", valueName: "picture.png"))
    var picture: String

    func run() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: label)))
        let drawn: ZPLRenderer.Drawn
        do throws(ZPLRefusal) {
            drawn = try ZPLRenderer.draw(bytes)
        } catch {
            throw NodeFault(.refused, "\(label) cannot be drawn: \(error.sentence).")
        }
        try Data(drawn.picture.png(comment: "virtual"))
            .write(to: URL(fileURLWithPath: picture), options: .atomic)
    }
}
