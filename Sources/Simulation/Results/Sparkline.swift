/// A row of bars of eight heights.
package struct Sparkline: CustomStringConvertible {
    private static let bars = Array("▁▂▃▄▅▆▇█")
    package let description: String

    /// - Parameters:
    ///   - values: the heights, 0 and up; negative ones count as 0.
    ///   - width: most bars; where there are more values, a bar shows the highest of its share of them.
    ///   - top: what the highest bar stands for; at least the highest value if `nil`.
    package init(_ values: [Double], width: Int, top: Double? = nil) {
        let count = min(max(0, width), values.count)
        let highest = max(top ?? values.max() ?? 0, .leastNormalMagnitude)
        let heights = (0..<count).map { bar -> Character in
            let share = values[bar * values.count / count..<(bar + 1) * values.count / count]
            let height = min(max(0, share.max() ?? 0) / highest, 1) * Double(Self.bars.count - 1)
            return Self.bars[Int(height.rounded())]
        }
        description = String(heights)
    }
}
