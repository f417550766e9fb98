/// Draws text that a printer's own font cannot set. Declared here, made by a door (`LabelRaster`).
public protocol TextRaster: Sendable {
    /// How wide a letter is, in thousandths of the line's height.
    ///
    /// - Returns: nil for a letter that it cannot draw rightly by itself.
    func width(of character: Character) -> Int?

    /// Draws one line, black on white.
    ///
    /// - Parameters:
    ///   - characters: all of which have a width.
    ///   - height: of the line in dots, from the top of a capital to below the descenders.
    /// - Returns: a picture with this many rows, about as wide as the letters together.
    func draw(_ characters: [Character], height: Int) -> LabelPicture
}
