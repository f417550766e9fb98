internal import CFreeType
public import Peripherals
internal import Synchronization

/// Draws text from a font file through FreeType: Latin with all its accents, Greek and Cyrillic,
/// whose letters stand one after the other as they are.
///
/// Scripts that join, reorder or stack their letters are not drawn letter by letter, for that would
/// be wrong in another way; they have no width here and stay for whoever can shape them.
// Sendable because the font is touched only while `gate` is held, and never handed out.
public final class FontRaster: TextRaster, @unchecked Sendable {
    /// Why a font cannot be used.
    public struct Fault: Error, CustomStringConvertible {
        public let description: String
    }

    /// Where Debian keeps fonts that look like a label printer's own, the likest first.
    public static let usual = [
        "/usr/share/fonts/truetype/dejavu/DejaVuSansCondensed-Bold.ttf",
        "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
    ]

    /// What FreeType is asked of one letter.
    private struct Glyph {
        let index: UInt32
        /// In thousandths of the line's height.
        let width: Int
    }

    /// Capitals of a line have three quarters of its height (`ZPL.md`).
    private static let capitalShare = (3, 4)
    /// Scripts that need no shaping: Latin to its extensions, Greek, Cyrillic, and their signs.
    private static let ranges: [ClosedRange<UInt32>] = [
        0x20...0x7E, 0xA1...0xAC, 0xAE...0x24F, 0x370...0x377, 0x37A...0x37F, 0x384...0x3FF,
        0x400...0x481, 0x48A...0x52F, 0x1E00...0x1FFE, 0x2010...0x2015, 0x2018...0x2027,
        0x2030...0x203A, 0x20A0...0x20BF, 0x2116...0x2116, 0x2122...0x2122,
    ]

    private let library: FT_Library
    private let face: FT_Face
    private let gate = Mutex(())
    /// By the character, so that an accent that was typed apart finds the composed letter.
    private let glyphs: [Character: Glyph]
    /// Pixels of the font's em for a line of 1,000 dots.
    private let emOfThousand: Int

    /// Opens the first of these files that is there.
    ///
    /// - Throws: `Fault` where none is, or none is a font with outlines.
    public init(_ files: [String] = FontRaster.usual) throws(Fault) {
        var made: FT_Library?
        guard FT_Init_FreeType(&made) == 0, let library = made else {
            throw Fault(description: "FreeType does not start")
        }
        var opened: FT_Face?
        for file in files where opened == nil {
            if FT_New_Face(library, file, 0, &opened) != 0 { opened = nil }
        }
        guard let face = opened, face.pointee.units_per_EM > 0,
            let capital = Self.capital(of: face)
        else {
            FT_Done_FreeType(library)
            throw Fault(
                description: """
                    no font of \(files.joined(separator: ", ")) can be read. Install the package \
                    fonts-dejavu-extra; until then labels show ? for letters beyond Western Europe.
                    """)
        }
        self.library = library
        self.face = face
        let unitsPerEM = Int(face.pointee.units_per_EM)
        let (part, whole) = Self.capitalShare
        emOfThousand = 1_000 * part * unitsPerEM / (whole * capital)
        glyphs = Self.glyphs(of: face, emOfThousand, unitsPerEM)
    }

    deinit {
        FT_Done_Face(face)
        FT_Done_FreeType(library)
    }

    public func width(of character: Character) -> Int? { glyphs[character]?.width }

    public func draw(_ characters: [Character], height: Int) -> LabelPicture {
        let known = characters.compactMap { glyphs[$0] }
        let width = known.reduce(0) { $0 + $1.width } * height / 1_000
        guard height > 0, width > 0 else { return LabelPicture(width: 1, height: max(1, height)) }
        return gate.withLock { _ in
            let baseline = height * Self.capitalShare.0 / Self.capitalShare.1
            var em = max(1, emOfThousand * height / 1_000)
            // An accent on a capital stands above it: then all letters are smaller, so that none
            // leaves the line.
            let above = known.map { ascent(of: $0, em) }.max() ?? 0
            if above > baseline { em = max(1, em * baseline / above) }
            var page = Page(width: width + 2, height: height)
            let full = max(1, emOfThousand * height / 1_000)
            var along = 0
            for glyph in known {
                burn(glyph, em, x: along * em / full * height / 1_000, baseline, &page)
                along += glyph.width
            }
            return page.picture
        }
    }

    // MARK: Under the gate

    /// Dots above the baseline.
    private func ascent(of glyph: Glyph, _ em: Int) -> Int {
        guard load(glyph, em) else { return 0 }
        return Int(face.pointee.glyph.pointee.bitmap_top)
    }

    private func load(_ glyph: Glyph, _ em: Int) -> Bool {
        FT_Set_Pixel_Sizes(face, 0, UInt32(em)) == 0
            && FT_Load_Glyph(face, glyph.index, warren_load_one_bit) == 0
    }

    private func burn(_ glyph: Glyph, _ em: Int, x: Int, _ baseline: Int, _ page: inout Page) {
        guard load(glyph, em) else { return }
        let slot = face.pointee.glyph.pointee
        let bitmap = slot.bitmap
        guard let buffer = bitmap.buffer else { return }
        let pitch = Int(bitmap.pitch)
        for row in 0..<Int(bitmap.rows) {
            for column in 0..<Int(bitmap.width) {
                let byte = buffer[row * pitch + column >> 3]
                guard byte & (UInt8(0x80) >> UInt8(column & 7)) != 0 else { continue }
                page.burn(
                    x: x + Int(slot.bitmap_left) + column,
                    y: baseline - Int(slot.bitmap_top) + row)
            }
        }
    }

    // MARK: The font

    /// How high a capital is, in the font's units.
    private static func capital(of face: FT_Face) -> Int? {
        guard FT_Load_Char(face, 0x48, warren_load_unscaled) == 0 else { return nil }
        let height = Int(face.pointee.glyph.pointee.metrics.horiBearingY)
        return height > 0 ? height : nil
    }

    private static func glyphs(
        of face: FT_Face, _ emOfThousand: Int, _ unitsPerEM: Int
    ) -> [Character: Glyph] {
        var glyphs: [Character: Glyph] = [:]
        for value in ranges.joined() {
            guard let scalar = Unicode.Scalar(value), !isMark(scalar) else { continue }
            let index = FT_Get_Char_Index(face, FT_ULong(value))
            var advance: FT_Fixed = 0
            guard index != 0, FT_Get_Advance(face, index, warren_load_unscaled, &advance) == 0,
                advance > 0
            else { continue }
            glyphs[Character(scalar)] = Glyph(
                index: index, width: Int(advance) * emOfThousand / unitsPerEM)
        }
        return glyphs
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: true
        default: false
        }
    }
}

/// Rows of dots while they are drawn.
private struct Page {
    private let width: Int
    private let height: Int
    private let stride: Int
    private var rows: [UInt8]

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        stride = (width + 7) / 8
        rows = [UInt8](repeating: 0, count: stride * height)
    }

    mutating func burn(x: Int, y: Int) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        rows[y * stride + x >> 3] |= UInt8(0x80) >> UInt8(x & 7)
    }

    var picture: LabelPicture {
        LabelPicture(width: width, height: height, rows: rows)
            ?? LabelPicture(width: 1, height: 1)
    }
}
