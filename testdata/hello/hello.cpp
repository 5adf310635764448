// An exception is thrown and caught, so that the unwinder is in the program too.
#include <iostream>
#include <stdexcept>

int main()
{
    try {
        throw std::runtime_error("hello from C++");
    } catch (const std::exception &error) {
        std::cout << error.what() << std::endl;
    }
}
