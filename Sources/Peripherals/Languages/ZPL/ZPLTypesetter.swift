/// What sets a printer's text: its own font where that has every letter, else the raster, which
/// draws the line as dots.
struct ZPLTypesetter {
    /// Nil where the printer's own font sets the text.
    private let raster: (any TextRaster)?

    /// Texts with one look, and what is lost of them.
    struct Setting {
        let typesetter: ZPLTypesetter
        let texts: [[Character]]
        /// Some letters could not be set by anybody and show as `?`.
        let isReplaced: Bool
    }

    /// Chooses what sets these texts: they stand together, so one look is for all of them.
    static func set(
        _ texts: [String], for printer: ZPL.Printer, _ raster: (any TextRaster)?
    ) -> Setting {
        let own = texts.map { ZPLText.settable($0) { printer.repertoire.plain($0) } }
        if let raster, own.contains(where: \.isReplaced) {
            let drawn = texts.map { text in
                ZPLText.settable(text) { raster.width(of: $0) == nil ? nil : $0 }
            }
            // A text that neither can set whole stays with whoever loses less of it.
            if drawn.reduce(0, { $0 + $1.lost }) < own.reduce(0, { $0 + $1.lost }) {
                return Setting(
                    typesetter: ZPLTypesetter(raster: raster), texts: drawn.map(\.characters),
                    isReplaced: drawn.contains(where: \.isReplaced))
            }
        }
        return Setting(
            typesetter: ZPLTypesetter(raster: nil), texts: own.map(\.characters),
            isReplaced: own.contains(where: \.isReplaced))
    }

    /// In thousandths of the line's height.
    func width(of character: Character) -> Int {
        guard let raster else { return ZPLFont.width(of: character) }
        return raster.width(of: character) ?? ZPLFont.width(of: character)
    }

    func width(of characters: some Sequence<Character>) -> Int {
        characters.reduce(0) { $0 + width(of: $1) }
    }

    /// As much as goes before three dots; the width is in thousandths of the height.
    func cut(_ characters: [Character], toThousandths width: Int) -> [Character] {
        let dots: [Character] = [".", ".", "."]
        var room = width - self.width(of: dots)
        var kept: [Character] = []
        for character in characters {
            room -= self.width(of: character)
            guard room >= 0 else { break }
            kept.append(character)
        }
        while kept.last == " " { kept.removeLast() }
        return kept + dots
    }

    /// The commands of one line in this box, which is as high as the line.
    func commands(
        _ characters: [Character], in box: ZPLPage.Box, on page: ZPLPage, isReversed: Bool
    ) -> [ZPLCommand] {
        let reverse: [ZPLCommand] = isReversed ? [.reverse] : []
        guard let raster else {
            return [page.origin(box), .font(page.rotation, height: box.height)] + reverse
                + [.text(Array(String(characters).utf8)), .separator]
        }
        let drawn = raster.draw(characters, height: box.height).clipped(toWidth: box.width)
        let place = ZPLPage.Box(x: box.x, y: box.y, width: drawn.width, height: drawn.height)
        let picture = page.rotation == .quarter ? drawn.turnedClockwise : drawn
        return [page.origin(place)] + reverse + [.graphic(picture), .separator]
    }
}
