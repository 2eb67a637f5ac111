// QuantLib's implied volatility (blackFormulaImpliedStdDevLiRS) and value with five greeks (BlackCalculator) on options read from a file, for
// `ZeroGex.Benchmarks quantlib`, which builds this with: g++ -O3 -march=native -std=c++17 bench.cpp -lQuantLib
//
// The file holds a 64-bit count and then columns of doubles: call (1) or put (0), price, forward, strike, years, discount, volatility.
// Reads lines "iv FROM COUNT" and "greeks FROM COUNT", answers each with "NANOSECONDS UNSOLVED WORST_RELATIVE_ERROR".
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>
#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>

using namespace QuantLib;

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: bench FILE\n";
        return 2;
    }
    std::ifstream file(argv[1], std::ios::binary);
    std::int64_t count = 0;
    file.read(reinterpret_cast<char*>(&count), sizeof count);
    std::vector<std::vector<double>> columns(7, std::vector<double>(count > 0 ? count : 0));
    for (auto& column : columns) file.read(reinterpret_cast<char*>(column.data()), count * sizeof(double));
    if (!file) {
        std::cerr << "bench: " << argv[1] << " is too short\n";
        return 2;
    }

    const auto &call = columns[0], &price = columns[1], &forward = columns[2], &strike = columns[3], &years = columns[4], &discount = columns[5], &sigma = columns[6];
    std::vector<double> answer(count);
    std::string what;
    long from, n;
    while (std::cin >> what >> from >> n) {
        double sum = 0;
        auto begin = std::chrono::steady_clock::now();
        for (long i = from; i < from + n; i++) {
            auto type = call[i] != 0 ? Option::Call : Option::Put;
            if (what == "iv") {
                try {
                    answer[i] = blackFormulaImpliedStdDevLiRS(type, strike[i], forward[i], price[i], discount[i], 0.0, Null<Real>(), 1.0, 1e-12, 100) / std::sqrt(years[i]);
                } catch (const std::exception&) {
                    answer[i] = NAN;
                }
            } else {
                BlackCalculator value(type, strike[i], forward[i], sigma[i] * std::sqrt(years[i]), discount[i]);
                double spot = forward[i];
                sum += value.value() + value.delta(spot) + value.gamma(spot) + value.vega(years[i]) + value.theta(spot, years[i]) + value.rho(years[i]);
            }
        }
        double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
        long unsolved = 0;
        double worst = 0;
        if (what == "iv")
            for (long i = from; i < from + n; i++) {
                double error = std::fabs(answer[i] / sigma[i] - 1);
                if (error > 1e-3 || std::isnan(error)) unsolved++;
                else worst = std::max(worst, error);
            }
        else if (std::isnan(sum)) unsolved = n;
        std::printf("%.0f %ld %.3e\n", ns, unsolved, worst);
        std::fflush(stdout);
    }
    return 0;
}
