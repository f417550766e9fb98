extension ZPLPage {
    /// Characters of a paragraph that are looked at; far more than any card has room for.
    private static let charactersMax = 4_096
    /// Lines of a paragraph, so that its bytes are bounded on any paper.
    private static let linesMax = 64

    func place(_ paragraph: Paragraph, in box: Box) -> Placed {
        let source = paragraph.text.prefix(Self.charactersMax)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { ZPLText.settable(String($0), by: printer.repertoire) }
        let wish = max(1, min(box.height, Self.dots(paragraph.lineHeight, printer) ?? box.height))
        let least = max(1, min(wish, Self.dots(paragraph.least, printer) ?? wish))
        let set = Self.set(source.map(\.characters), in: box, least...wish)
        var findings: [ZPL.Finding.Kind] = []
        let isLeftOut = paragraph.text.count > Self.charactersMax
        if source.contains(where: \.isReplaced) { findings.append(.needsRaster) }
        if set.isCut || isLeftOut {
            findings.append(.cut)
        } else if set.height < wish {
            findings.append(.shrunk)
        }
        let commands = set.lines.enumerated().flatMap { index, line -> [ZPLCommand] in
            guard !line.isEmpty else { return [] }
            let lineBox = Box(
                x: box.x, y: box.y + index * Self.pitch(set.height), width: box.width,
                height: set.height)
            return [origin(lineBox), .font(rotation, height: set.height)]
                + (paragraph.isReversed ? [.reverse] : [])
                + [.text(Array(String(line).utf8)), .separator]
        }
        return Placed(commands: commands, findings: findings)
    }

    private struct SetLines {
        let lines: [[Character]]
        let height: Int
        let isCut: Bool
    }

    /// From one line's top to the next one's.
    private static func pitch(_ height: Int) -> Int { height + max(1, height / 6) }

    private static func set(
        _ source: [[Character]], in box: Box, _ heights: ClosedRange<Int>
    ) -> SetLines {
        func room(_ height: Int) -> Int {
            min(linesMax, 1 + max(0, box.height - height) / pitch(height))
        }
        for height in heights.reversed() {
            let lines = wrap(source, toThousandths: box.width * 1_000 / height)
            if lines.count <= room(height) {
                return SetLines(lines: lines, height: height, isCut: false)
            }
        }
        let height = heights.lowerBound
        let width = box.width * 1_000 / height
        var lines = Array(wrap(source, toThousandths: width).prefix(room(height)))
        let last = lines.removeLast()
        lines.append(cut(last, toThousandths: width))
        return SetLines(lines: lines, height: height, isCut: true)
    }

    private static func wrap(
        _ source: [[Character]], toThousandths width: Int
    ) -> [[Character]] {
        source.flatMap { characters -> [[Character]] in
            var lines: [[Character]] = []
            var line: [Character] = []
            var room = width
            for word in characters.split(separator: " ") {
                let wordWidth = ZPLFont.width(of: Array(word))
                let gap = line.isEmpty ? 0 : ZPLFont.width(of: " ")
                if gap + wordWidth <= room {
                    line += (line.isEmpty ? [] : [" "]) + word
                    room -= gap + wordWidth
                    continue
                }
                if !line.isEmpty { lines.append(line) }
                (line, room) = ([], width)
                for character in word {
                    let characterWidth = ZPLFont.width(of: character)
                    if characterWidth > room, !line.isEmpty {
                        lines.append(line)
                        (line, room) = ([], width)
                    }
                    line.append(character)
                    room -= characterWidth
                }
            }
            return lines + [line]
        }
    }
}
