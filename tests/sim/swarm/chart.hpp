// Owns: a line chart as SVG text: two axes, some lines, a legend. Refuses to know: what the numbers mean.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace samara::sim {

struct ChartLine {
  std::string label;
  std::vector<std::pair<double, double>> points;
  bool dashed = false;      // a target or a bound, not a measurement
};

struct Chart {
  std::string title;
  std::string x_label;
  std::string y_label;
  bool log_x = false;       // whole powers of ten are marked
  std::vector<ChartLine> lines;
  bool legend_low = false;  // at the foot, where the lines are high
};

/// Readable on a light and on a dark page; no script, no font of its own.
[[nodiscard]] std::string draw(const Chart& chart);

}  // namespace samara::sim
