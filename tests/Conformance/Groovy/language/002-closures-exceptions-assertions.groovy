// delegation, scope
class Builder { def log = []; def prop = 'p'; def add(x) { log << x; this }; def methodMissing(String n, a) { log << "$n${a.toList()}"; null } }
def build(Closure c) { def b = new Builder(); c.delegate = b; c.resolveStrategy = Closure.DELEGATE_FIRST; c(); b.log }
println build { add 1; foo 'x', 2; add prop; bar() }
def outerVar = 'o'
def cl = { -> def inner = { -> "$outerVar ${owner.getClass() == delegate.getClass()}" }; inner() }
println cl()
def nested = { a -> { b -> { c -> a + b + c } } }
println nested(1)(2)(3)
def fact
fact = { n -> n <= 1 ? 1 : n * fact(n - 1) }
println fact(5)
def acc = []
[1,2,3].each { n -> acc << { n * 10 } }
println acc*.call()
def x = 1
def addX = { it + x }
x = 5
println addX(1)
def cnt = 0
def incr = { cnt += 1 }
incr()
incr()
println cnt
println({ it }.call(3))
println({ a, b = 2 -> a + b }(1))
println({ Object... a -> a.length }(1, 2, 3))
println({ -> 'none' }())
println({ }.call() == null)
println([1, 2].collect({ it + 1 }))
def m = { Map args, v -> "$args$v" }
println m(a: 1, 'z')
println m('z', a: 1)
def takes(Closure c) { c.parameterTypes*.simpleName + c.maximumNumberOfParameters }
println takes { int a, String b -> }
println takes { }
println takes { -> }
println((1..3).collect { i -> (1..i).collect { j -> i * j } })
def s = { String a -> 'str' }
try { s(1) } catch (e) { println e.class.simpleName }
def comp = { it * 2 } << { it + 1 }
println comp(3)
println([1,2,3].collect(String.&valueOf))
println(['a','b'].collect('x'.&plus))
def memo = { println 'calc'; it * 2 }.memoize()
println memo(2)
println memo(2)
def tr
tr = { n, a = 1 -> n <= 1 ? a : tr.trampoline(n - 1, n * a) }.trampoline()
println tr(10)
def ret = { if (it > 1) { return 'big' }; 'small' }
println ret(2) + ret(1)
[1,2,3].each { if (it == 2) return; print it }
println()
println([1,2,3].find { if (it == 2) return true })
def thisTest = { this.class.name }
println thisTest()
b1 = 'bind'
def readB() { b1 }
println readB()
try { readC() } catch (e) { println e.class.simpleName }
try { println undefinedVar } catch (e) { println e.message }
def foo() { try { return 1 } finally { println 'f' } }
println foo()
def multi() { try { throw new RuntimeException('a', new IOException('b')) } catch (IOException e) { 1 } catch (Exception e) { e.cause.message } }
println multi()
try { try { throw new Exception('one') } finally { throw new Exception('two') } } catch (e) { println e.message }
def loopTry() { def r = []; for (i in 0..3) { try { if (i == 1) continue; if (i == 3) break; r << i } finally { r << "f$i" } }; r }
println loopTry()
def deep() { while (true) { try { try { return 'in' } finally { print 'a ' } } finally { print 'b ' } } }
println deep()
def over() { try { return 'x' } finally { return 'y' } }
println over()

try { assert [1, 2].size() == 3 : 'custom' } catch (AssertionError e) { println e.message }
try { def q = [a: 1]; assert q.a + 1 == q['a'] * 5 && true } catch (AssertionError e) { println e.message }
try { def str = 'abc'; assert str.toUpperCase().contains('x') || !str } catch (AssertionError e) { println e.message }
try { assert null } catch (AssertionError e) { println e.message }
try { assert [1, 2, 3].any { it > 5 } } catch (AssertionError e) { println e.message }
def list = [1, 2]
def (f1, f2, f3) = list
println "$f1 $f2 $f3"
def (String sa, int ib) = ['q', 4]
println sa + ib
def i = 0
while (i < 10) { i++; if (i % 2) continue; if (i > 6) break; print i }
println()
println i
for (;;) { break }
for (e in [a: 1]) println e.value
for (c in 'ab') print c
println()
for (n in null) println 'never'
for (z in 5) println z
String gsx = "${1 + 1}"
println gsx.class.simpleName
def t = true ? 'a' : 'b'
println t
println null?.foo
println null?.foo()
println([null, 'a']*.size())
println list?.size() ?: 0
def nul = null
println nul ?: 'def'
println '' ?: 'empty'
println 0 ?: 'zero'
println 'x'.with { toUpperCase() }
println new Date(0).with { time }
println([1,2,3].with { size() + first() })
def obj = new Object() { def hello() { 'anon' } }
println obj.hello()
int typed = 5
try { typed = 'abc' } catch (e) { println e.class.simpleName }
def dyn = 5
dyn = 'abc'
println dyn
final fin = 3
println fin
println "${-> x}"
def lazy = "${-> x}"
x = 99
println lazy
println "a${1}b${[1, 2]}c${'d'}"
println 'single $x'
println "esc \$x \\ \" \u0041"; println """multi
line ${x}"""; println 'con' + 'cat' + 1; def gm = "${x}".toString(); println gm == "99"; println "${x.class.simpleName}"
switch ('b') { case 'a': case 'b': println 'ab'; case 'c': println 'fall'; break; case 'd': println 'no' }
switch (7) { case Integer: println 'int'; break; case 5..8: println 'range' }
switch (null) { case null: println 'null'; break; default: println 'd' }
def sw = { v -> switch (v) { case { it instanceof String }: return 'S'; case [1, 2]: return 'L'; case ~/\d+/: return 'R'; default: return 'D' } }
println sw('x') + sw(2) + sw(33) + sw(-1.5)
println 1 in [1, 2]
println(!(1 in [2]))
println 'a' instanceof String
println(!('a' instanceof Integer))
println 5 <=> 3
println true & false
println true | false
println true ^ true
println(!true)
println((5 > 3 && 2 > 1))
label: { println 'labelled' }
def (u, v) = [1, 2]
(u, v) = [v, u]
println "$u$v"
def q1 = 1, q2 = 2
println q1 + q2
def arr = new int[3]
arr[1] = 5
println arr.toList()
def a2 = new String[2][2]
a2[0][1] = 'z'
println a2[0]
println arr.length
def ia = [3, 1, 2] as int[]
int[] lit = [1, 2]
x = y = 3
println x + y
def z1
println z1
z1 = z1 ?: 'dflt'
println z1
def lst = []
lst += 1
lst += [2, 3]
lst -= 1
println lst
def mp = [:]
mp.a = mp.a ?: 5
mp.a++
mp['b'] = 1
mp.b += 4
println mp
def sx = 'a'
sx += 'b'
sx *= 2
println sx
static def sm(int n) { n * 2 }
println sm(4)
def vv(String... ss) { ss.join('+') }
println vv('a', 'b')
println vv()
println vv(['x', 'y'] as String[])
def opt(a, b = a, c = 9) { "$a$b$c" }
println opt(1) + opt(1, 5) + opt(1, 5, 7)
println this.class.name
println this.getClass().simpleName
def mc = this.&opt
println mc(2)
println "${opt 3}"
println opt(*[1, 2])
def named(Map m1) { m1 }
println named(a: 1, b: [c: 2])
println([*(1..3), *[4]])
