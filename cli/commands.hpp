#pragma once
// The subcommands of `balans`. Each gives what runs it, which returns the exit code.

#include <functional>

namespace CLI {
class App;
}

namespace balans::cli {

std::function<int()> add_device_command(CLI::App& app);
std::function<int()> add_test_device_command(CLI::App& app);
std::function<int()> add_detect_command(CLI::App& app);
std::function<int()> add_backup_command(CLI::App& app);
std::function<int()> add_ca_command(CLI::App& app);
std::function<int()> add_pair_command(CLI::App& app);
std::function<int()> add_restore_command(CLI::App& app);
std::function<int()> add_doctor_command(CLI::App& app);
std::function<int()> add_dump_command(CLI::App& app);
std::function<int()> add_enrol_command(CLI::App& app);
std::function<int()> add_ledger_command(CLI::App& app);
std::function<int()> add_commission_command(CLI::App& app);
std::function<int()> add_check_command(CLI::App& app);
std::function<int()> add_init_command(CLI::App& app);
std::function<int()> add_wallet_command(CLI::App& app);

}  // namespace balans::cli
