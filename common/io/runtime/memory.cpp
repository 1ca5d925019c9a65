#include "common/io/runtime/memory.hpp"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace balans {
namespace {

/// Pages of programs and libraries that nobody may write to. What is still needed comes back from the page cache when
/// it is needed; what only reading the configuration needed does not.
int let_go_of_code(dl_phdr_info* info, std::size_t /*size*/, void* page_size) {
  const std::uintptr_t page = *static_cast<const std::uintptr_t*>(page_size);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (info->dlpi_addr + part.p_vaddr + page - 1) / page * page;
    const std::uintptr_t end = (info->dlpi_addr + part.p_vaddr + part.p_memsz) / page * page;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): that is how the linker tells where it put them
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

void give_back() {
  malloc_trim(0);
  auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  dl_iterate_phdr(let_go_of_code, &page);
}

}  // namespace

void share_one_arena() { mallopt(M_ARENA_MAX, 1); }

MemoryOfStart::MemoryOfStart(BootTime now) : again_(now + 1_min) { give_back(); }

void MemoryOfStart::look(BootTime now) {
  if (!again_ || now < *again_) return;
  again_.reset();
  give_back();
}

}  // namespace balans
