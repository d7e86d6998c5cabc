// numbers
println 1 + 1L
println((1 + 1L).class.name)
println((1 + 1.0).class.name)
println((1 / 2).class.name); println((4 / 2).class.name)
println 4 / 2; println((1.0f + 1).class.name); println((1G + 1).class.name); println 2147483647 + 1; println 9223372036854775807 + 1; println 0x1F; println 0b101; println 017; println 1_000; println 10L.class.name; println 10.5f.class.name
println 10 / 3; println 10.0 / 3
println 1 / 7; println 2 / 3 * 3
println 1.1 * 1.1
println 1.10 + 2.2
println 100 / 8; println 1e-3; println 1.5e10; println 123456789.123456789 * 2; println 1.0 - 0.9; println 5 % 3; println 0 + -5 % 3; println 2 ** 0.5; println 2 ** 3; println 2L ** 40; println 2.5 ** 2; println 10 ** -2; println 7.intdiv(2); println((-7).intdiv(2)); println 7 >> 1; println 0 + -8 >>> 28; println 1 << 3; println 5 & 3; println 5 | 3; println 5 ^ 3; println ~5
println 1 == 1.0
println 1 == 1L
println 1.0 == 1.00
println 1.0.equals(1.00)
println 1.equals(1L)
println 0.1 + 0.2 == 0.3
println 0.1d + 0.2d == 0.3d
println 1 <=> 2
println 3 > 2.5
println 'a' == 'a' as char
println 97 == ('a' as char)
println null == false
println null < 1
println 1 > null
println Math.max(1, 2) + Math.min(1.5d, 2)
println Math.abs(-5)
println Math.round(2.5)
println Math.round(-2.5)
println Math.floor(2.7)
println Math.ceil(2.1)
println Math.sqrt(16)
println Math.pow(2, 10)
println Math.PI
println 5.0.setScale(2)
println 5.678.setScale(1, BigDecimal.ROUND_HALF_UP)
println new BigDecimal('1.50').stripTrailingZeros()
println 1.50.toString()
println new BigDecimal('10').divide(new BigDecimal('3'), 4, BigDecimal.ROUND_HALF_UP)
println 3.7.intValue()
println 3.7 as int
println((int) 3.7)
println((long) 3.99)
println 3.7d.round()
println 3.14159d.round(2)
println 10.toString()
println 255.toString().padLeft(5, '0')
println Integer.toHexString(255)
println Integer.toBinaryString(5)
println Integer.parseInt('42')
println Integer.valueOf('7') + 1
println Integer.MAX_VALUE
println Long.MAX_VALUE
println Double.MAX_VALUE
println Integer.parseInt('ff', 16)
println 5.compareTo(3)
println 1.0d
println 1e21d
println 1.0E-5d
println 123456789.0d
println 12345678.9d
println 0.001d
println 0.0001d
println 100f
println 1.1f
println 3.0e8f
println Double.NaN
println 1.0d / 0; println 1d / 3
println 100.0d * 1.1d
println 1e16d
println 1.0e7d
try { 1 / 0 } catch (e) { println e.message }; println 1.0d / 0.0d
try { 5 % 0 } catch (e) { println e.message }
try { Integer.parseInt('x') } catch (e) { println e }
try { 'abc' as int } catch (e) { println e.class.name }
try { (int) 'abc' } catch (e) { println e }
try { int z = null } catch (e) { println e.message }
try { Integer z = 'xx' } catch (e) { println e.message }
try { List q = 5 } catch (e) { println e.message }
try { new BigDecimal('x') } catch (e) { println e.class.name }
int i = 5
i += 2.7
println i
long lg = 5
println lg.class.name
double db = 5
println db
float fl = 1
println fl
byte by = 10
println by.class.name
short sh = 3
println sh
char ch = 'x'
println ch
BigDecimal bd = 5
println bd.class.name
boolean bo = 'x'
println bo
String st = 5
println st.class.name
Integer boxed = 5L
println boxed.class.name
def inc = 5
inc++
++inc
println inc
println inc++ + ++inc
println inc--
println inc
i <<= 2
println i
i ^= 1
println i
i **= 2
println i
i %= 100
println i
i /= 2; println i
println 5.times { it }
def acc = []
3.downto(1) { acc << it }
println acc
1.step(10, 3) { acc << it }
println acc
println((1..3).sum())
println((1..<4).toList())
println((3..1).toList())
println(('a'..'d').join())
println((1..10).step(4))
println((1..5).contains(3))
println 3 in 1..5
println 2.5 in 1..5
println((1..3).size())
println((0..<0).size())
println((1..3).reverse())
println((1..3) as List)
println((1..5)[1..2])
println((1..3).from + (1..3).to)
println((1..3).toString())
println((1.0..3.0).toList())
println((1..3).every { it > 0 })
println((1..3).collect { it * 2 })
println 10.0.toBigInteger()
println 5.toBigDecimal()
println 12G.class.name
println 2G ** 100
println 100G.mod(7G)
println((10 as BigInteger))
println 1234567.89
println String.format('%.2f', 3.14159)
println String.format('%08.3f', 3.14159)
println sprintf('%03d', 7)
println 'abc'.hashCode() % 7
println Long.parseLong('123') + 1L
println '10' as Integer
println 10 as String
println '1' + 1
println 1 + '1'
println 5.0 as int
println 65 as char
println true as String
println([1,2] as String)
println 3 as boolean
printf('%d %s\n', 1, 'x')
println((-3).abs())
println 3.0.negate()
println(-(-3))
println(+3)
println 1.plus(2)
println 7.0.remainder(4.0)
println 0.1f + 0.2f
println 1.0f * 3
println 1.23456789012345678901234567890
println 1e400
println 10.0e-3
println 0.000001
println 0.0000001
println 1000000.0
println 12345678901234567890
println 0.10
println 5e-324d
println 3.every { it } 
println Integer.MIN_VALUE
println 0 + -2147483648
println Math.abs(-2.5)
println 7 / 2 as int; println((7 / 2) as int)
println 1..3
