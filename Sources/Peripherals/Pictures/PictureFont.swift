/// Sets text in pictures of labels: as wide and as high as font 0 of a printer would
/// (``ZPLFont``), in shapes of our own.
enum PictureFont {
    /// Rows of a shape; capitals take the first seven.
    static let rows = 9
    static let capitalRows = 7
    static let columns = 5

    /// Nine rows of five dots.
    static func shape(of character: Character) -> [UInt8] {
        if let known = shapes[character] { return known }
        if character == " " { return [] }
        guard let (base, mark) = parts(of: character), let letter = shapes[base] else {
            // A frame, so that the gap is seen.
            return [0x1F, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1F, 0, 0]
        }
        return composed(letter, mark, isCapital: base.isUppercase)
    }

    /// A Latin-1 letter as its base and its mark.
    private static func parts(of character: Character) -> (Character, Mark)? {
        guard let scalar = character.unicodeScalars.first, character.unicodeScalars.count == 1,
            (0xC0...0xFF).contains(scalar.value)
        else { return nil }
        let bases = Array("AAAAAA?CEEEEIIIIDNOOOOO?OUUUUY??aaaaaa?ceeeeiiiidnooooo?ouuuuy?y")
        let marks = Array("gactdr.,gacdgacd-tgactd./gacda..gactdr.,gacdgacd-tgactd./gacda.d")
        let place = Int(scalar.value) - 0xC0
        guard bases[place] != "?", let mark = Mark(rawValue: marks[place]) else { return nil }
        return (bases[place], mark)
    }

    private enum Mark: Character {
        case grave = "g"
        case acute = "a"
        case circumflex = "c"
        case tilde = "t"
        case diaeresis = "d"
        case ring = "r"
        case cedilla = ","
        case bar = "-"
        case slash = "/"

        /// The two rows above a small letter, where it has any there.
        var above: [UInt8]? {
            switch self {
            case .grave: [0x08, 0x04]
            case .acute: [0x02, 0x04]
            case .circumflex: [0x04, 0x0A]
            case .tilde: [0x0D, 0x12]
            case .diaeresis: [0x0A, 0x00]
            case .ring: [0x04, 0x0A]
            case .cedilla, .bar, .slash: nil
            }
        }
    }

    private static func composed(
        _ letter: [UInt8], _ mark: Mark, isCapital: Bool
    ) -> [UInt8] {
        var shape = letter
        if let above = mark.above {
            // A capital leaves its mark two rows and is pressed into the other five.
            if isCapital {
                for (row, from) in zip(2..<7, [0, 1, 3, 5, 6]) { shape[row] = letter[from] }
            }
            shape.replaceSubrange(0..<2, with: above)
            return shape
        }
        switch mark {
        case .cedilla: shape.replaceSubrange(7..<9, with: [0x04, 0x08])
        case .bar: shape[isCapital ? 3 : 1] |= 0x0E
        case .slash: for row in 2..<7 { shape[row] |= 1 << UInt8(row - 2) }
        case .grave, .acute, .circumflex, .tilde, .diaeresis, .ring: break
        }
        return shape
    }
}

extension LabelPicture {
    /// Sets a line with its upper left corner at this place; turned, it runs down and its letters
    /// lie on their backs.
    ///
    /// - Parameter height: of the line, in dots; capitals have three quarters of it.
    mutating func set(
        _ characters: [Character], x: Int, y: Int, height: Int, rotation: ZPLRotation,
        isReversed: Bool
    ) {
        var along = 0
        for character in characters {
            let width = ZPLFont.width(of: character)
            let shape = PictureFont.shape(of: character)
            for (row, dots) in shape.enumerated() where dots != 0 {
                let top = Self.edge(row, height)
                let tall = max(1, Self.edge(row + 1, height) - top)
                for column in 0..<PictureFont.columns where dots & (0x10 >> UInt8(column)) != 0 {
                    let left = (along + Self.side(column, width)) * height / 1_000
                    let right = (along + Self.side(column + 1, width)) * height / 1_000
                    let wide = max(1, right - left)
                    switch rotation {
                    case .none:
                        burn(
                            x: x + left, y: y + top, width: wide, height: tall,
                            isReversed: isReversed)
                    case .quarter:
                        burn(
                            x: x + height - top - tall, y: y + left, width: tall, height: wide,
                            isReversed: isReversed)
                    }
                }
            }
            along += width
        }
    }

    /// Where a row begins, from the line's top: capitals are 0.75 of the line high.
    private static func edge(_ row: Int, _ height: Int) -> Int {
        row * height * 3 / (4 * PictureFont.capitalRows)
    }

    /// Where a column begins, in thousandths of the height; the space between two letters is a
    /// tenth of their width, and more around a hyphen, a plus and other signs that a printer sets
    /// in a wide field.
    private static func side(_ column: Int, _ width: Int) -> Int {
        let space = width > 900 ? width * 4 / 10 : width / 10
        return space / 2 + column * (width - space) / PictureFont.columns
    }
}
