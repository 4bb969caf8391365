// Owns: the drawing of chart.hpp.
#include "sim/swarm/chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace samara::sim {
namespace {

constexpr double width = 720;
constexpr double height = 420;
constexpr double left = 64;
constexpr double right = 16;
constexpr double top = 44;
constexpr double bottom = 52;
constexpr std::array<const char*, 6> colours{"#2a6fdb", "#d1495b", "#2e933c", "#b8860b", "#7b4bb7", "#607d8b"};

std::string plain(double value) {
  char text[32];
  std::snprintf(text, sizeof text, std::abs(value - std::round(value)) < 1e-9 ? "%.0f" : "%.2f", value);
  return text;
}

std::string at(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

/// 1, 2 or 5 times a power of ten, so that there are about five of them.
double step_for(double range) {
  const double rough = range / 5;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power) return factor * power;
  }
  return 10 * power;
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart) {
    for (const ChartLine& line : chart.lines) {
      for (const auto& [x, y] : line.points) {
        x_most_ = std::max(x_most_, scaled(x));
        x_least_ = std::min(x_least_, scaled(x));
        y_most_ = std::max(y_most_, y);
      }
    }
    if (!chart.log_x) x_least_ = 0;
    if (x_most_ <= x_least_) x_most_ = x_least_ + 1;
    const double step = step_for(y_most_);
    y_most_ = std::ceil(y_most_ / step - 1e-9) * step;
  }

  std::string draw() {
    out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 420\" font-family=\"sans-serif\" font-size=\"12\">\n"
           "<rect width=\"720\" height=\"420\" fill=\"#ffffff\"/>\n";
    text(left, 22, chart_.title, "start", "font-size=\"15\"");
    text((left + width - right) / 2, height - 14, chart_.x_label, "middle");
    out_ += "<text x=\"16\" y=\"" + at(height / 2) + "\" text-anchor=\"middle\" fill=\"#333333\" transform=\"rotate(-90 16 " + at(height / 2) +
            ")\">" + chart_.y_label + "</text>\n";
    axes();
    for (std::size_t i = 0; i < chart_.lines.size(); ++i) line(chart_.lines[i], colours[i % colours.size()], i);
    return out_ + "</svg>\n";
  }

 private:
  [[nodiscard]] double scaled(double x) const { return chart_.log_x ? std::log10(x) : x; }
  [[nodiscard]] double x_of(double x) const { return left + (scaled(x) - x_least_) / (x_most_ - x_least_) * (width - left - right); }
  [[nodiscard]] double y_of(double y) const { return height - bottom - y / y_most_ * (height - top - bottom); }

  void text(double x, double y, const std::string& what, const char* anchor, const char* more = "") {
    out_ += "<text x=\"" + at(x) + "\" y=\"" + at(y) + "\" text-anchor=\"" + anchor + "\" fill=\"#333333\" " + more + ">" + what + "</text>\n";
  }
  void rule(double x1, double y1, double x2, double y2, const char* colour) {
    out_ += "<path d=\"M" + at(x1) + " " + at(y1) + "L" + at(x2) + " " + at(y2) + "\" stroke=\"" + colour + "\" fill=\"none\"/>\n";
  }

  void axes() {
    const double y_step = step_for(y_most_);
    for (double y = 0; y <= y_most_ + 1e-9; y += y_step) {
      rule(left, y_of(y), width - right, y_of(y), "#e3e3e3");
      text(left - 6, y_of(y) + 4, plain(y), "end");
    }
    if (chart_.log_x) {
      for (double x = std::pow(10.0, std::ceil(x_least_ - 1e-9)); std::log10(x) <= x_most_ + 1e-9; x *= 10) x_mark(x);
    } else {
      const double step = step_for(x_most_);
      for (double x = 0; x <= x_most_ + 1e-9; x += step) x_mark(x);
    }
    rule(left, height - bottom, width - right, height - bottom, "#777777");
    rule(left, top, left, height - bottom, "#777777");
  }
  void x_mark(double x) {
    rule(x_of(x), height - bottom, x_of(x), height - bottom + 5, "#777777");
    text(x_of(x), height - bottom + 18, plain(x), "middle");
  }

  void line(const ChartLine& line, const char* colour, std::size_t number) {
    std::string path;
    for (const auto& [x, y] : line.points) path += (path.empty() ? "M" : "L") + at(x_of(x)) + " " + at(y_of(y));
    const std::string dash = line.dashed ? "\" stroke-dasharray=\"6 4" : "";
    out_ += "<path d=\"" + path + "\" stroke=\"" + colour + dash + "\" stroke-width=\"2\" fill=\"none\"/>\n";
    if (!line.dashed && line.points.size() <= 10) {
      for (const auto& [x, y] : line.points) {
        out_ += "<circle cx=\"" + at(x_of(x)) + "\" cy=\"" + at(y_of(y)) + "\" r=\"3.5\" fill=\"" + colour + "\"/>\n";
      }
    }
    const double above = chart_.legend_low ? height - bottom - 2 - 16 * static_cast<double>(chart_.lines.size()) : top + 14;
    const double y = above + 16 * static_cast<double>(number);
    out_ += "<path d=\"M" + at(left + 16) + " " + at(y - 4) + "h24\" stroke=\"" + colour + dash + "\" stroke-width=\"2\" fill=\"none\"/>\n";
    text(left + 46, y, line.label, "start");
  }

  const Chart& chart_;
  double x_least_ = 1e18;
  double x_most_ = -1e18;
  double y_most_ = 1e-9;
  std::string out_;
};

}  // namespace

std::string draw(const Chart& chart) { return Drawing(chart).draw(); }

}  // namespace samara::sim
