// closures, scope
def x = 10
def add = { a, b = 5 -> a + b + x }
println add(1)
println add(1, 2)
x = 20
println add.call(1)
def counter() { def n = 0; return { -> ++n } }
def c1 = counter()
c1()
println c1()
println([1,2,3].collect { it * 2 }.findAll { it > 2 }.inject(0) { a, b -> a + b })
def m = [a:1, b:[c:2], 'd e':3]
println m.b.c
println m['d e']
m.z = 5
println m
m.each { k, v -> println "$k -> ${v}" }
m.each { println it.key + '=' + it.value }
println m.collect { k, v -> "$k:$v" }.join(',')
def s = "hello ${x + 1} ${ -> x }"
x = 99
println s
for (i in 0..<3) { if (i == 1) continue; println i }
for (int i = 0; i < 3; i++) { if (i == 2) break; println "i=$i" }
outer: for (a in 1..3) { for (b in 1..3) { if (b == 2) continue outer; if (a == 3) break outer; println "$a$b" } }
def f(int n) { n <= 1 ? 1 : n * f(n - 1) }
println f(5)
println f(20)
def g(n) { n <= 1 ? 1G : n * g(n - 1) }
println g(25)
def t() { try { return 'try' } finally { println 'fin' } }
println t()
def t2() { for (i in 1..3) { try { if (i == 2) break; println i } finally { println "f$i" } }; 'done' }
println t2()
def t3() { try { throw new IllegalStateException('boom') } catch (IllegalArgumentException | IllegalStateException e) { return e.message } finally { println 'x' } }
println t3()
def t4() { try { try { throw new Exception('a') } finally { println 'inner' } } catch (e) { println "got ${e.message}" } }
t4()
switch (5) { case 1: println 'one'; break; case [4,5]: println 'list'; case String: println 'fall'; break; default: println 'def' }
switch ('abc') { case ~/a.*/: println 're'; break }
switch (3) { case 1..5: println 'range'; break }
switch (3) { case { it > 2 }: println 'cl'; break }
def sw(v) { switch (v) { case 1: 'one'; break; case 2: return 'two'; default: 'other' } }
println([sw(1), sw(2), sw(3)])
println x == 99 && !(x != 99) || false
println null ?: 'elvis'
println x ? 'y' : 'n'
println ([1, 2, 3, 4][1..2])
println 'hello'[1..-2]
println 'hello'[-1]
def list = [3,1,2]
println list.sort()
println list.sort { -it }
println list.sort { p, q -> p <=> q }
println list.max()
println((1..10).step(3))
println(('a'..'e').toList())
def (q, r) = [7, 8]
println q + r
(q, r) = [r, q]
println "$q $r"
println 'a,b,c'.split(',').toList()
println 'a b'.tokenize()
println 'x'.padLeft(3, '*') + 'y'.center(5)
println "abc" =~ /b/ ? 'found' : 'no'
def mm = 'john-42' =~ /(\w+)-(\d+)/
println mm[0][1] + ' ' + mm[0][2]
println mm.matches()
println mm.group(1)
println 'abc' ==~ /a.c/
println 'foo bar'.replaceAll(/o(.)/) { all, one -> "<$one>" }
println 'foo'.replaceAll('o', '0')
int[] arr = [1,2,3]
println arr.length
println arr.sum()
arr[0] = 9
println arr
println([1,[2,[3]]].flatten())
println([1,2,3,4,5].collate(2))
println([a:1] + [b:2])
println([1,2,3] - [2])
println([1]*3)
println 5.times { }
3.times { print it }
println()
1.upto(3) { print it }
println()
println 'abc'.each { print it + '.' }
def cl = { println "d: $delegate.v"; v + 1 }
cl.delegate = [v: 41]
cl.resolveStrategy = Closure.DELEGATE_FIRST
println cl()
println([1,2,3]*.toString())
println(['a','bb']*.length());println([[n:1],[n:2]].n)
println([[n:1],[n:2]]*.n)
def mp = 'abc'.&substring
println mp(1)
def sum3 = { a, b, c -> a + b + c }
println sum3.curry(1)(2, 3)
println sum3.rcurry(3)(1, 2)
println (({ it + 1 } >> { it * 2 })(3))
println([*[1,2], 3, *[4]])
def va(Object... xs) { xs.size() }
println va(1,2,3)
println va(*[1,2])
println new Date(0).format('yyyy', TimeZone.getTimeZone('UTC'))
println([1,[2,[3]]].flatten());println([1,2,3]*.toString())
println 0.1 + 0.2
println 0.1d + 0.2d
println 100 * 1.1
println 1e3
println 10.5 as int
println '12' as int
println([1,2] as Set)
println([1,1,2].unique())
println 'abc'.reverse().toUpperCase().capitalize()
println "a\tb\\n"
