// Memory of tensors on the CPU that is used again and again, where libc's would be given back and
// fetched anew at every step.

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/DeviceType.h>
#include <c10/core/impl/alloc_cpu.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

namespace {

// What stands before the memory of a tensor, which begins at a multiple of its size.
struct alignas(c10::gAlignment) Header {
  std::size_t size;
  // Where the memory waits to be used again: the next one of its size.
  Header* next;

  void* memory() { return this + 1; }
  static Header* of(void* memory) { return static_cast<Header*>(memory) - 1; }

  static Header* allocate(std::size_t size) {
    return new (c10::alloc_cpu(sizeof(Header) + size)) Header{size, nullptr};
  }
};

// Keeps what is freed, and never holds more than was in use at once and `kSlack`: the sizes that wait
// are not always those that are needed next.
class CachingAllocator final : public c10::Allocator {
 public:
  // Lives as long as the last tensor.
  static CachingAllocator& instance() {
    static auto* allocator = new CachingAllocator;
    return *allocator;
  }

  c10::DataPtr allocate(std::size_t bytes) override {
    auto* memory = bytes == 0 ? nullptr : take(bytes)->memory();
    return {memory, memory, &give_back, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }

  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    std::memcpy(to, from, bytes);
  }

 private:
  static constexpr std::size_t kSmallest = 64;
  // Larger memory is left to libc, which does not keep it either.
  static constexpr std::size_t kLargest = std::size_t{1} << 25;
  static constexpr std::size_t kSlack = std::size_t{1} << 25;

  std::mutex mutex_;
  std::array<Header*, 4 * 64> waiting_{};
  // Bytes in use, the most that were in use at once, and bytes that wait.
  std::size_t used_ = 0, most_used_ = 0, cached_ = 0;

  // Sizes are powers of two and three steps between each and the next.
  static std::size_t rounded(std::size_t bytes) {
    if (bytes <= kSmallest) return kSmallest;
    const auto step = std::bit_floor(bytes - 1) / 4;
    return (bytes + step - 1) / step * step;
  }

  static std::size_t index(std::size_t size) {
    const auto floor = std::bit_floor(size);
    return 4 * (std::bit_width(size) - 1) + (size - floor) / (floor / 4);
  }

  Header* take(std::size_t bytes) {
    if (bytes > kLargest) {
      return Header::allocate(bytes);
    }
    const auto size = rounded(bytes);
    const std::lock_guard lock(mutex_);
    auto*& first = waiting_[index(size)];
    Header* header;
    if (first != nullptr) {
      header = std::exchange(first, first->next);
      cached_ -= size;
    } else {
      make_room(size);
      header = Header::allocate(size);
    }
    used_ += size;
    most_used_ = std::max(most_used_, used_);
    return header;
  }

  // Frees waiting memory, the largest first, until `size` more may be held.
  void make_room(std::size_t size) {
    const auto most = std::max(most_used_, used_ + size) + kSlack;
    for (auto first = waiting_.rbegin(); used_ + size + cached_ > most; ++first) {
      while (*first != nullptr && used_ + size + cached_ > most) {
        auto* header = std::exchange(*first, (*first)->next);
        cached_ -= header->size;
        c10::free_cpu(header);
      }
    }
  }

  void keep(Header* header) {
    const std::lock_guard lock(mutex_);
    used_ -= header->size;
    cached_ += header->size;
    header->next = std::exchange(waiting_[index(header->size)], header);
  }

  static void give_back(void* memory) {
    if (memory == nullptr) {
      return;
    }
    auto* header = Header::of(memory);
    if (header->size > kLargest) {
      c10::free_cpu(header);
    } else {
      instance().keep(header);
    }
  }
};

}  // namespace

extern "C" void twin_use_caching_allocator() {
  c10::SetAllocator(c10::DeviceType::CPU, &CachingAllocator::instance(), 1);
}
