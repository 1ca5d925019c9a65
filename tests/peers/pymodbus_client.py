"""pymodbus asks our server: pymodbus_client.py tcp PORT | rtu DEVICE | ascii DEVICE. Prints what is not as it should be."""
import sys

try:
    from pymodbus.client import ModbusSerialClient, ModbusTcpClient
except ImportError as missing:
    print(f"pymodbus is not usable: {missing}")
    sys.exit(77)

UNIT = 7
wrong = []


def call(method, *arguments, **named):
    """The name of the unit's argument differs between versions."""
    for name in ("slave", "device_id", "unit"):
        try:
            return method(*arguments, **named, **{name: UNIT})
        except TypeError:
            continue
    raise TypeError(f"{method} takes no unit")


def expect(what, found, expected):
    if found != expected:
        wrong.append(f"{what}: {found} instead of {expected}")


kind, place = sys.argv[1], sys.argv[2]
if kind == "tcp":
    client = ModbusTcpClient("127.0.0.1", port=int(place), timeout=5)
else:
    try:
        from pymodbus.framer.ascii_framer import ModbusAsciiFramer
        from pymodbus.framer.rtu_framer import ModbusRtuFramer
        framer = ModbusAsciiFramer if kind == "ascii" else ModbusRtuFramer
    except ImportError:
        framer = kind
    client = ModbusSerialClient(place, framer=framer, baudrate=19200, parity="N", timeout=5)
if not client.connect():
    print("no connection")
    sys.exit(1)

expect("holding", call(client.read_holding_registers, 10, count=2).registers, [1234, 65535])
expect("inputs", call(client.read_input_registers, 52, count=2).registers, [0x4366, 0x8000])
expect("coils", call(client.read_coils, 3, count=3).bits[:3], [True, False, True])
expect("refused", call(client.read_holding_registers, 99, count=1).isError(), True)
expect("write one", call(client.write_register, 11, 16).isError(), False)
expect("write many", call(client.write_registers, 10, [5, 6]).isError(), False)
expect("write coil", call(client.write_coil, 4, True).isError(), False)
expect("write coils", call(client.write_coils, 3, [False, True]).isError(), False)
expect("read back", call(client.read_holding_registers, 10, count=2).registers, [5, 6])
for n in range(200):
    expect(f"read {n}", call(client.read_holding_registers, 10, count=2).registers, [5, 6])
client.close()
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
